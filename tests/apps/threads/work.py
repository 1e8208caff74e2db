"""What the threads and processes of app.py do. Apart from it, so that a spawned process can import it by name."""


def total(n):
    return sum(range(n * 1000))


def put_total(queue, n):
    queue.put(total(n))

/* A closed-loop load of two kinds of request, with the latency of each kind on its own.
 *
 * wrk can mix requests but reports one histogram for all of them; what a slow request does to the fast ones beside it
 * cannot be seen there.  One thread, one epoll, keep-alive connections; each connection sends its next request when
 * its answer is complete.  Which kind comes next is drawn from a generator with a fixed seed.
 *
 *   mixload PORT CONNECTIONS SECONDS SLOW_PERCENT FAST_PATH SLOW_PATH
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FAST, SLOW, KINDS };
enum { ROOM = 64 * 1024, UNANSWERED_US = 2000000 /* as wrk's default --timeout */ };

struct samples { uint32_t *us; size_t count, room; };

struct connection {
    int fd, kind;
    int64_t sent_at;        /* µs; 0 while no request is under way */
    size_t have;            /* bytes of the answer in `in` or already dropped from it */
    long long want;         /* bytes of the whole answer; -1 until its head was read, -2 until the peer closes */
    int status, close_after;
    char in[ROOM];
};

static struct sockaddr_in server;
static struct connection *connections;
static struct samples samples[KINDS];
static char requests[KINDS][1024];
static size_t request_length[KINDS];
static long connect_errors, socket_errors, status_errors;
static unsigned slow_percent;
static uint64_t seed = 0x9E3779B97F4A7C15u;
static int poller;

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int next_kind(void) {                                        /* xorshift64* */
    seed ^= seed >> 12; seed ^= seed << 25; seed ^= seed >> 27;
    return (seed * 0x2545F4914F6CDD1Du >> 33) % 100 < slow_percent ? SLOW : FAST;
}

static void add_sample(struct samples *s, int64_t us) {
    if (s->count == s->room) {
        s->room = s->room ? s->room * 2 : 4096;
        s->us = realloc(s->us, s->room * sizeof *s->us);
        if (!s->us) { perror("mixload: samples"); exit(2); }
    }
    s->us[s->count++] = (uint32_t)us;
}

static void open_connection(struct connection *c) {
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(c->fd, (struct sockaddr *)&server, sizeof server)) {  /* loopback: waits for nothing but the backlog */
        connect_errors++;
        close(c->fd);
        c->fd = -1;
        return;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
    epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event);
}

static void send_next(struct connection *c) {
    if (c->fd < 0) open_connection(c);
    c->sent_at = 0;
    if (c->fd < 0) return;                                          /* tried again at the next turn of the loop */
    c->kind = next_kind();
    c->have = 0; c->want = -1; c->status = 0; c->close_after = 0;
    c->sent_at = now_us();
    if (send(c->fd, requests[c->kind], request_length[c->kind], MSG_NOSIGNAL) != (ssize_t)request_length[c->kind]) {
        socket_errors++;
        close(c->fd);
        c->fd = -1;
        c->sent_at = 0;
    }
}

static void read_head(struct connection *c) {
    char *end = memmem(c->in, c->have, "\r\n\r\n", 4);
    if (!end) return;
    end[2] = 0;
    int minor = 1;
    if (sscanf(c->in, "HTTP/1.%d %d", &minor, &c->status) != 2) c->status = 999;
    c->close_after = minor == 0;
    c->want = -2;
    for (char *line = strstr(c->in, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (!strncasecmp(line, "content-length:", 15)) c->want = (end + 4 - c->in) + atoll(line + 15);
        else if (!strncasecmp(line, "connection:", 11)) c->close_after = strncasecmp(line + 11 + strspn(line + 11, " "), "close", 5) == 0;
    }
}

static void finish(struct connection *c, int64_t now) {
    if (c->status < 200 || c->status > 299) status_errors++;
    else add_sample(&samples[c->kind], now - c->sent_at);
    if (c->close_after) { close(c->fd); c->fd = -1; }
    send_next(c);
}

static void on_readable(struct connection *c) {
    ssize_t got = recv(c->fd, c->in + (c->want == -1 ? c->have : 0), c->want == -1 ? ROOM - c->have : ROOM, 0);
    int64_t now = now_us();
    if (got <= 0) {
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        int whole = got == 0 && c->want == -2;                      /* an answer that ends with the connection */
        close(c->fd);
        c->fd = -1;
        c->close_after = 0;
        if (whole) finish(c, now);
        else { socket_errors++; send_next(c); }
        return;
    }
    c->have += got;
    if (c->want == -1) read_head(c);
    if (c->want == -1 && c->have == ROOM) { c->status = 999; c->close_after = 1; finish(c, now); }
    else if (c->want >= 0 && (long long)c->have >= c->want) finish(c, now);
}

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double at_ms(const struct samples *s, double share) {
    return s->count ? s->us[(size_t)(share * (s->count - 1))] / 1e3 : 0;
}

static void print_kind(const char *name, struct samples *s) {
    qsort(s->us, s->count, sizeof *s->us, ascending);
    printf("\"%s\":{\"requests\":%zu,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f},",
           name, s->count, at_ms(s, 0.5), at_ms(s, 0.99), at_ms(s, 1));
}

int main(int argc, char **argv) {
    if (argc != 7) { fprintf(stderr, "mixload PORT CONNECTIONS SECONDS SLOW_PERCENT FAST_PATH SLOW_PATH\n"); return 2; }
    int count = atoi(argv[2]);
    double seconds = atof(argv[3]);
    slow_percent = (unsigned)atoi(argv[4]);
    server = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    for (int k = 0; k < KINDS; k++)
        request_length[k] = (size_t)snprintf(requests[k], sizeof requests[k],
            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n\r\n", argv[5 + k], argv[1]);

    poller = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc((size_t)count, sizeof *connections);
    if (!connections) { perror("mixload"); return 2; }
    int64_t start = now_us(), end = start + (int64_t)(seconds * 1e6), now = start;
    for (int i = 0; i < count; i++) { connections[i].fd = -1; send_next(&connections[i]); }

    struct epoll_event events[256];
    while ((now = now_us()) < end) {
        int ready = epoll_wait(poller, events, 256, (int)((end - now) / 1000 < 100 ? (end - now) / 1000 + 1 : 100));
        for (int i = 0; i < ready; i++) on_readable(events[i].data.ptr);
        for (int i = 0; i < count; i++) if (!connections[i].sent_at && ready <= 0) send_next(&connections[i]);
    }

    long unanswered = 0;
    for (int i = 0; i < count; i++) unanswered += connections[i].sent_at && now - connections[i].sent_at > UNANSWERED_US;
    printf("JSON {\"seconds\":%.6f,", (now - start) / 1e6);
    print_kind("fast", &samples[FAST]);
    print_kind("slow", &samples[SLOW]);
    printf("\"connect\":%ld,\"read\":%ld,\"write\":0,\"status\":%ld,\"timeout\":%ld}\n",
           connect_errors, socket_errors, status_errors, unanswered);
    return 0;
}

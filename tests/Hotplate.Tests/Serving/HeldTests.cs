namespace Hotplate.Tests.Serving;

/// <summary>What <c>--preload auto</c> finds of packages that keep more than Python can see.</summary>
[Trait("needs", "python3-lmdb python3-numpy")]
public sealed class HeldTests
{
    private const string Application = """

        def app(environ, start_response):
            start_response("200 OK", [])
            return [str(answer()).encode()]
        """;

    [Fact]
    public async Task An_LMDB_environment_is_named_and_the_application_runs_in_each_worker()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", $"""
            import lmdb, os
            store = lmdb.open("{folder.File("store")}", map_size=1 << 20)

            def answer():
                with store.begin(write=True) as transaction:
                    transaction.put(str(os.getpid()).encode(), b"here")
                    return transaction.get(str(os.getpid()).encode()).decode()
            """ + Application);
        await using var server = await StartAsync(folder, "lmdb");
        await server.Errors.WaitForAsync(line => line.Contains("left behind", StringComparison.Ordinal) && line.Contains("the LMDB file", StringComparison.Ordinal), "LMDB is named");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync("/")));
        Assert.All(answers, static answer => Assert.Equal((200, "here"), (answer.Status, answer.Text)));
        await server.StopAsync();
    }

    [Theory]
    [InlineData("numbers = numpy.random.default_rng()")]
    [InlineData("numbers = numpy.random.RandomState()")]
    [InlineData("class Model:\n    def __init__(self):\n        self.numbers = numpy.random.default_rng(7)\n\nmodel = Model()")]
    [InlineData("models = {'one': [numpy.random.default_rng()]}")]
    [InlineData("def make():\n    numbers = numpy.random.default_rng()\n    return lambda: numbers.random()\n\nmade = make()")]
    public async Task A_generator_of_numpys_is_named_wherever_it_is_held(string holds)
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", $"import numpy.random\n{holds}\n\ndef answer():\n    return 1\n" + Application);
        await using var server = await StartAsync(folder, "numpy");
        await server.Errors.WaitForAsync(line => line.Contains("left behind a generator of random numbers (numpy.random.", StringComparison.Ordinal), "it is named");
        Assert.Equal("1", (await server.GetAsync("/")).Text);
        await server.StopAsync();
    }

    [Fact]
    public async Task Numpys_own_generator_is_shared_and_differs_in_every_worker()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", "import numpy.random, os\nnumpy.random.seed(7)\n\ndef answer():\n    return os.getpid(), numpy.random.random()\n" + Application);
        await using var server = await StartAsync(folder, "numpy");
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        Assert.DoesNotContain("left behind", server.Errors.Text, StringComparison.Ordinal);
        var seen = new HashSet<string>();
        var workers = new HashSet<string>();
        await Patience.UntilAsync(
            async () =>
            {
                foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => server.GetAsync("/"))))
                {
                    Assert.True(seen.Add(answer.Text.Split(',')[1]), "a number came twice");
                    workers.Add(answer.Text.Split(',')[0]);
                }
                return workers.Count == 2;
            },
            "both workers have answered");
        await server.StopAsync();
    }

    private static Task<ServerProcess> StartAsync(TemporaryFolder folder, string module) =>
        new ServerCommand("") { Directory = folder.Path, Needs = [module], Flags = ["-w", "2", "--preload", "auto"] }.StartAsync();
}

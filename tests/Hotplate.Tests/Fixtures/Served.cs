namespace Hotplate.Tests.Fixtures;

/// <summary>One server for all tests of a class: started before the first, stopped after the last, which must go well.</summary>
public abstract class Served : IAsyncLifetime
{
    private readonly ServerCommand command;
    private ServerProcess? server;

    private protected Served(ServerCommand command) => this.command = command;

    private protected Served(string app, params string[] flags)
        : this(new ServerCommand(app) { Flags = flags })
    {
    }

    internal ServerProcess Server => server ?? throw new InvalidOperationException("the server is not started yet");

    /// <summary>A folder for what the application writes.</summary>
    internal TemporaryFolder Folder { get; } = new();

    public virtual async ValueTask InitializeAsync() => server = await command.StartAsync();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (server is not null)
        {
            await using (server)
            {
                await server.StopAsync();
            }
        }
        Folder.Dispose();
    }
}

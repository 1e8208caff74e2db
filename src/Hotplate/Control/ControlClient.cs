using System.Net.Sockets;
using System.Text;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Control;

/// <summary>Finds a running server and asks it.</summary>
internal static class ControlClient
{
    /// <summary>Asks the server that the settings or the application's name tell, or else this user's only one. Waits for as long as the answer takes.</summary>
    /// <exception cref="ControlException">There is none, or several, or it does not answer.</exception>
    internal static ControlReply Ask(ControlSettings settings, string? name, ControlQuestion question) =>
        AskAt(Find(settings, name), question);

    /// <summary>The path of its socket.</summary>
    /// <exception cref="ControlException">There is none, or several.</exception>
    internal static string Find(ControlSettings settings, string? name)
    {
        if (settings.Socket is null)
        {
            throw new ControlException("HP404  --control none: a server without a control socket cannot be asked. Leave the flag out, or name a socket.");
        }
        if (settings.Socket != ControlSettings.Auto)
        {
            return settings.Socket;
        }
        if (settings.PidFile is { } file)
        {
            return FindBy(file);
        }
        var found = ControlFolder.Sockets(FileIdentity.Me).Where(ControlSocketFile.Answers).ToList();
        var (all, known) = (found.Count, found);
        if (found.Count > 1)
        {
            // For a moment there are two: one that has given way to the other.
            found = [.. found.Where(static path => StatusOf(path)?.State != "replaced")];
        }
        found = Called(name, found);
        if (found.Count == 0 && FileIdentity.Me == 0)
        {
            // Started by root, perhaps, with --user.
            found = Called(name, [.. ControlFolder.SocketsOfAll().Where(ControlSocketFile.Answers)]);
        }
        return found switch
        {
            [] when name is not null => throw new ControlException(
                $"HP404  --name {name}: no server of this user serves an application of that name." + (all == 0 ? " None runs here." : " These run:\n" + List(known))),
            [] => throw new ControlException("HP404  no server of this user runs here. Start one with hotplate serve TARGET, or name another user's with --control PATH."),
            [var only] => only,
            _ => throw new ControlException($"HP405  {found.Count} servers of this user run here. Choose one by --name, or, where names are the same, by --control:\n{List(found)}"),
        };
    }

    private static List<string> Called(string? name, List<string> all) =>
        name is null ? all : [.. all.Where(path => StatusOf(path)?.Names.Contains(name) == true)];

    private static string FindBy(string file)
    {
        int? read;
        try
        {
            read = PidFile.Read(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ControlException($"HP404  --pid {file}: the file cannot be read: {error.Message}", error);
        }
        if (read is not { } pid)
        {
            throw new ControlException($"HP404  --pid {file}: {(File.Exists(file) ? "there is no process id in it" : "there is no such file")}. Does the server run, with the same flag?");
        }
        if (ProcessTimes.OwnerOf(pid) is not { } owner)
        {
            throw new ControlException($"HP404  --pid {file}: process {pid} is gone. Start the server again; it replaces the file.");
        }
        return ControlFolder.Sockets(owner).FirstOrDefault(socket => Path.GetFileName(socket) == ControlFolder.NameOf(pid))
            ?? throw new ControlException($"HP404  --pid {file}: process {pid} has no control socket that could be found. Name it with --control PATH.");
    }

    private static string List(IEnumerable<string> paths) =>
        string.Join('\n', paths.Order(StringComparer.Ordinal).Select(static path => $"  --control {path}   {Describe(StatusOf(path))}".TrimEnd()));

    private static string Describe(ServerStatus? status) =>
        status is null ? "" : $"--name {string.Join(" or ", status.Names)}, {string.Join(' ', status.Addresses)}";

    private static ServerStatus? StatusOf(string path)
    {
        try
        {
            return AskAt(path, ControlQuestion.Status).As(ControlJson.Default.ServerStatus);
        }
        catch (ControlException)
        {
            return null;
        }
    }

    private const int Patience = 10_000;

    /// <summary>Asks the one whose socket that is.</summary>
    /// <exception cref="ControlException">It does not answer.</exception>
    internal static ControlReply AskAt(string path, ControlQuestion question)
    {
        using var socket = Connect(path);
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream(socket)),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        try
        {
            return AskAsync(http, question).GetAwaiter().GetResult();
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.InvalidResponse)
        {
            throw new ControlException(
                $"HP406  {path}: the server there is another version of Hotplate, which this one cannot ask. Its own hotplate can.", error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            var why = (error.InnerException ?? error).Message;
            throw new ControlException(
                $"HP406  {path}: the connection broke without an answer: {why} The server's log says why, or it has just stopped.", error);
        }
    }

    private static async Task<ControlReply> AskAsync(HttpClient http, ControlQuestion question)
    {
        using var request = new HttpRequestMessage(new HttpMethod(question.Method), "http://hotplate" + question.Path);
        if (question.Body is { } body)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        using var response = await http.SendAsync(request);
        return new ControlReply((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
    }

    private static Socket Connect(string path)
    {
        // unix(7): the time limit of sending is that of connecting too.
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = Patience };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return PeerUser.Of(socket) is var user && user != 0 && user != FileIdentity.Me && FileIdentity.Me != 0
                ? throw new ControlException($"HP406  {path}: user {user} listens there, who is neither you nor root. Nothing was asked.")
                : socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new ControlException(Explain(path, error), error);
        }
        catch (ControlException)
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Explain(string path, SocketException error) => error.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => $"HP404  {path}: nobody listens there any more. The server is gone; a new one replaces the file.",
        SocketError.AddressNotAvailable => $"HP404  {path}: there is no such socket. Does the server run?",
        SocketError.WouldBlock => $"HP406  {path}: the server there takes no questions. Is it stopped (SIGSTOP), or lost?",
        SocketError.AccessDenied => $"HP406  {path}: permission denied. Ask as the user that runs the server, or as root.",
        _ => $"HP406  {path}: {error.Message}.",
    };
}

using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>Why the application's Python cannot be started, for the user: the kernel's words alone name neither file nor folder.</summary>
internal static class StartFailure
{
    internal static string Explain(AppSettings app, Exception error)
    {
        var reason = error.Message.TrimEnd('.');
        var wall = Reach.Wall(app.Python) ?? Reach.Wall(Path.Combine(app.Directory, "."));
        return $"HP503  {app.Name}: {app.Python} cannot be started in {app.Directory}: {reason}. "
            + (wall is null ? "Is the virtual environment still there, may this user run it and enter the folder, and are there descriptors and processes left (ulimit -n, ulimit -u)?" : $"{wall}.");
    }
}

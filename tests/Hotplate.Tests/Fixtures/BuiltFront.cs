using Hotplate.Tests.House;

namespace Hotplate.Tests.Fixtures;

/// <summary>The front as a user gets it.</summary>
internal static class BuiltFront
{
    private static readonly Lazy<Task<string>> s_path = new(BuildAsync);

    public static string Launcher => Path.Combine(Repository.Root, "hotplate");

    /// <summary>Its program, to be started as it is. The launcher builds it first when its sources are newer.</summary>
    public static Task<string> PathAsync() => s_path.Value;

    private static async Task<string> BuildAsync()
    {
        // ./test --quick: the front that was compiled beside these tests, with whatever extension is there.
        if (Environment.GetEnvironmentVariable("HOTPLATE_QUICK") == "1")
        {
            return Path.Combine(AppContext.BaseDirectory, "hotplate");
        }
        await FinishedProgram.OutputOfAsync(Launcher, "version");
        return Path.Combine(Repository.Root, "artifacts", "front", "hotplate");
    }
}

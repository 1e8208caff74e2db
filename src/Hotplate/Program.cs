using Hotplate.Cli;
using Hotplate.Linux;
using Hotplate.Service;
using Hotplate.Settings;

namespace Hotplate;

/// <summary>Where the process begins.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments)
    {
        InheritedSignals.Reset();
        if (arguments is ["serve" or "dev", ..])
        {
            EarlySignals.Hear();
            InheritedSignals.PassOverUntilHeard();
        }
        ProgramFile.Remember();
        PassedSockets.KeepFromChildren();
        HandedDescriptors.Receive();
        OpenFiles.Raise();
        if ((OpenFiles.Problem() ?? KernelCalls.Problem()) is { } problem)
        {
            Console.Error.WriteLine(problem);
            return Task.FromResult(1);
        }
        // Requests of HTTP/2 are handled inline by few threads of the class library's, those of HTTP/1 by as many event loops. It reads
        // both
        // names when the first socket is made, so nothing may touch a socket before this line. Applications never see them: the zygote's
        // environment is stripped of DOTNET_*.
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", EventLoop.Count.ToString());
        return CommandLine.RunAsync(OsText.Arguments(arguments));
    }
}

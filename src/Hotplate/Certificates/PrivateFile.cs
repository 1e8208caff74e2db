using System.Text;
using Hotplate.Linux;

namespace Hotplate.Certificates;

/// <summary>A file that only its owner may read, written whole or not at all, also when the power fails.</summary>
internal static class PrivateFile
{
    internal const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="IOException">It cannot be written; what was there before stays.</exception>
    internal static void Write(string file, string text)
    {
        var beside = $"{file}.{Environment.ProcessId}~";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Mode };
            using (var stream = new FileStream(beside, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }
            File.Move(beside, file, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
        Libc.Synchronize(Path.GetDirectoryName(file)!);
    }
}

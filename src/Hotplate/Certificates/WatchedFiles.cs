namespace Hotplate.Certificates;

/// <summary>A pair of files, and what they looked like when they were last read.</summary>
internal sealed class WatchedFiles
{
    private (long, long, long, long) seen;
    private (long, long, long, long) wrong;
    private bool told;
    private bool pending;

    internal WatchedFiles(CertificateFiles files)
    {
        Files = files;
        seen = Look();
    }

    internal CertificateFiles Files { get; }

    /// <summary>They are to be read again.</summary>
    internal bool HasChanged()
    {
        var now = Look();
        if (now != seen)
        {
            (seen, pending, told) = (now, true, false);
        }
        return pending;
    }

    internal void Taken() => (pending, told, wrong) = (false, false, default);

    /// <summary>They could not be used. True once, when they have stayed so from one look to the next.</summary>
    internal bool IsStillWrong()
    {
        var before = wrong;
        wrong = seen;
        if (told || before != seen)
        {
            return false;
        }
        return told = true;
    }

    /// <summary>Through links: what a renewal puts in their place has another time.</summary>
    private (long, long, long, long) Look()
    {
        var (certificate, key) = (Stamp(Files.Certificate), Stamp(Files.Key));
        return (certificate.Time, certificate.Size, key.Time, key.Size);
    }

    private static (long Time, long Size) Stamp(string path)
    {
        try
        {
            var file = new FileInfo(path);
            var end = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return end.Exists ? (end.LastWriteTimeUtc.Ticks, end.Length) : (0, -1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (0, -2);
        }
    }
}

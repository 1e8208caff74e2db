using System.Text.Json;
using Hotplate.Linux;
using Hotplate.Observability;

namespace Hotplate.Certificates.Acme;

/// <summary>Account, keys, certificates, orders under way and what became of the last try, on disk.</summary>
/// <remarks>
/// What is written is whole at any moment: another file, flushed to the disk, then renamed. A certificate and its key are one file. Nobody
/// but its owner may
/// look into the folder. Several servers may share it: one at a time orders (<see cref="TryLock"/>).
/// </remarks>
internal sealed class AcmeFolder
{
    private const UnixFileMode OwnersFolder = PrivateFile.Mode | UnixFileMode.UserExecute;
    private readonly string path;
    private readonly string challenges;

    /// <param name="path">Absolute.</param>
    /// <exception cref="CertificateException">It cannot be made, or written to.</exception>
    internal AcmeFolder(string path)
    {
        (this.path, challenges) = (path, System.IO.Path.Combine(path, "challenges"));
        try
        {
            Directory.CreateDirectory(path, OwnersFolder);
            Directory.CreateDirectory(challenges, OwnersFolder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"HP320  --acme-folder {path}: cannot be made: {error.Message}. Name a folder that this user "
                + $"({Environment.UserName}) may write to, and that is kept.", error);
        }
        if (FileIdentity.Of(path) is { IsPrivate: false })
        {
            throw new CertificateException($"HP320  --acme-folder {path}: others may look into it, and keys will be there. Close it: "
                + $"chmod 700 {path}");
        }
    }

    internal string Path => path;

    /// <summary>The chain and its key, in one file.</summary>
    internal string BundleOf(string domain) => System.IO.Path.Combine(path, Name(domain) + ".pem");

    /// <summary>Null: another server has it. Gone with the process, however that ends.</summary>
    internal IDisposable? TryLock()
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    internal bool HasKey => File.Exists(System.IO.Path.Combine(path, "account.key"));

    /// <summary>The account's key, which is made when there is none.</summary>
    internal AccountKey Key()
    {
        var file = System.IO.Path.Combine(path, "account.key");
        if (Read(file) is { } pem)
        {
            return AccountKey.FromPem(pem);
        }
        var key = AccountKey.New();
        PrivateFile.Write(file, key.ToPem());
        return key;
    }

    internal string? ReadAccount(string authority) => Read(AccountFile(authority))?.Trim();

    internal void WriteAccount(string authority, string url) => PrivateFile.Write(AccountFile(authority), url + "\n");

    internal void RemoveAccount(string authority) => File.Delete(AccountFile(authority));

    /// <summary>An order that was begun and is not at its end.</summary>
    internal PendingOrder? ReadOrder(string domain) => ReadJson(OrderFile(domain), FolderJson.Default.PendingOrder);

    internal void WriteOrder(string domain, PendingOrder order) =>
        PrivateFile.Write(OrderFile(domain), JsonSerializer.Serialize(order, FolderJson.Default.PendingOrder));

    internal void RemoveOrder(string domain) => File.Delete(OrderFile(domain));

    internal DomainStatus ReadStatus(string domain) => ReadJson(StatusFile(domain), FolderJson.Default.DomainStatus) ?? new DomainStatus();

    internal void WriteStatus(string domain, DomainStatus status) =>
        PrivateFile.Write(StatusFile(domain), JsonSerializer.Serialize(status, FolderJson.Default.DomainStatus));

    /// <summary>Replaces chain and key in one step.</summary>
    internal void WriteBundle(string domain, string chain, string key) =>
        PrivateFile.Write(BundleOf(domain), chain.TrimEnd() + "\n" + key.TrimEnd() + "\n");

    internal string? ReadBundle(string domain) => Read(BundleOf(domain));

    /// <summary>Names that there is a certificate or a try for.</summary>
    internal IReadOnlyList<string> Domains() =>
    [
        .. Directory.EnumerateFiles(path, "*.status").Concat(Directory.EnumerateFiles(path, "*.pem"))
            .Select(static file => System.IO.Path.GetFileNameWithoutExtension(file).Replace("_wildcard", "*", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    internal void WriteChallenge(string question, string answer) => PrivateFile.Write(System.IO.Path.Combine(challenges, question), answer);

    internal void RemoveChallenge(string question) => File.Delete(System.IO.Path.Combine(challenges, question));

    internal string? ReadChallenge(string question) => Read(System.IO.Path.Combine(challenges, question));

    private string OrderFile(string domain) => System.IO.Path.Combine(path, Name(domain) + ".order");

    private string StatusFile(string domain) => System.IO.Path.Combine(path, Name(domain) + ".status");

    private string AccountFile(string authority) => System.IO.Path.Combine(
        path, $"account-{string.Concat(authority.Select(static one => char.IsAsciiLetterOrDigit(one) ? one : '-'))}");

    private static string Name(string domain) => domain.Replace("*", "_wildcard", StringComparison.Ordinal);

    private static T? ReadJson<T>(string file, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return Read(file) is { } text ? JsonSerializer.Deserialize(text, type) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}

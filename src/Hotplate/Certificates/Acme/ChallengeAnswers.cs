using System.Collections.Concurrent;

namespace Hotplate.Certificates.Acme;

/// <summary>What is answered to an authority that looks whether a name is ours: RFC 8555 §8.3, RFC 8737.</summary>
/// <remarks>In the folder, too: of several servers that share it, any may be the one that is asked.</remarks>
internal sealed class ChallengeAnswers(AcmeFolder folder)
{
    /// <summary>Where http-01 asks.</summary>
    internal const string Path = "/.well-known/acme-challenge/";

    private const int LongestToken = 256;
    private readonly ConcurrentDictionary<string, string> own = new(StringComparer.Ordinal);

    /// <summary>From now on it is answered.</summary>
    /// <param name="question">http-01: the token. tls-alpn-01: the name.</param>
    internal void Add(string question, string authorization)
    {
        own[question] = authorization;
        folder.WriteChallenge(question, authorization);
    }

    internal void Remove(string question)
    {
        own.TryRemove(question, out _);
        folder.RemoveChallenge(question);
    }

    /// <summary>Null: nobody has asked for it.</summary>
    internal string? Find(string question) => own.TryGetValue(question, out var answer) ? answer
        : IsPlain(question) ? folder.ReadChallenge(question) : null;

    /// <summary>It can be no path but a file's name.</summary>
    private static bool IsPlain(string question) =>
        question.Length is > 0 and <= LongestToken && question[0] != '.'
            && question.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.');
}

namespace Hotplate.Settings;

/// <summary>What a route does with its requests: one of those below.</summary>
internal abstract record RouteAction
{
    private RouteAction()
    {
    }

    /// <summary>In words: "application shop".</summary>
    public abstract string Describe();

    /// <summary>An application answers, or one of several by their weights.</summary>
    /// <param name="Shares">At least one with a weight above 0.</param>
    /// <param name="Cookie">
    /// Whoever has it stays where it was; null: each request is dealt anew. Of one application alone always null.
    /// </param>
    internal sealed record Apps(IReadOnlyList<AppShare> Shares, string? Cookie) : RouteAction
    {
        public override string Describe() => Shares is [var only]
            ? $"application {only.App}"
            : "application " + string.Join(", ", Shares.Select(static share => $"{share.App} ({share.Weight})"));
    }


    /// <summary>Files.</summary>
    /// <param name="Folder">Absolute; it may be a file, which is then the only one.</param>
    /// <param name="Index">Names looked for, in their order, where a folder is asked for.</param>
    /// <param name="FallbackFile">Below the folder: given, with 200, where there is no file; null: none.</param>
    /// <param name="FallbackApp">The application that answers where there is no file; null: none.</param>
    internal sealed record Files(string Folder, IReadOnlyList<string> Index, string? FallbackFile, string? FallbackApp) : RouteAction
    {
        public override string Describe() => $"files in {Folder}"
            + (FallbackFile is not null ? $", else {FallbackFile}" : FallbackApp is not null ? $", else application {FallbackApp}" : "");
    }


    /// <param name="Status">301, 302, 303, 307 or 308.</param>
    internal sealed record Redirect(RouteText To, int Status) : RouteAction
    {
        public override string Describe() => $"redirect ({Status}) to {To}";
    }


    /// <param name="Status">From 200 to 599.</param>
    /// <param name="Body">Null: a page that says what the status means, where one may be sent.</param>
    /// <param name="ContentType">Of the body.</param>
    internal sealed record Fixed(int Status, string? Body, string ContentType) : RouteAction
    {
        public override string Describe() => $"return {Status}";
    }


    /// <summary>503 with a page of its own.</summary>
    /// <param name="Page">HTML; null: ours.</param>
    /// <param name="RetryAfter">When clients are told to come back.</param>
    internal sealed record Maintenance(string? Page, TimeSpan RetryAfter) : RouteAction
    {
        public override string Describe() => "maintenance page (503)";
    }


    /// <summary>Of a limit, not of a route: they pass, as often as may be.</summary>
    /// <param name="Key">Which of them are counted together.</param>
    /// <param name="Rate">Null: always.</param>
    internal sealed record Limit(LimitKey Key, RateRule? Rate) : RouteAction
    {
        public override string Describe() => Rate is null ? $"no limit by {Key}"
            : $"{Rate.Rate}{(Rate.Burst == Rate.Count ? "" : $", {Rate.Burst} at once,")} by {Key}";
    }
}

/// <summary>How much of a route's requests an application gets.</summary>
/// <param name="App">Its name.</param>
/// <param name="Weight">Beside the others' weights; 0: nothing.</param>
internal sealed record AppShare(string App, int Weight);

namespace Hotplate.Settings;

/// <summary>One thing that is wrong with what the user said.</summary>
/// <param name="Code">One of <see cref="ErrorCode"/>.</param>
/// <param name="Where">The flag or variable with its value as given, or the target.</param>
/// <param name="What">What is wrong and what to do, in sentences.</param>
internal sealed record SettingsProblem(string Code, string Where, string What)
{
    /// <summary>True when what was said cannot be understood, whatever this machine is like (exit code 2, not 1).</summary>
    public bool IsUsage => Code is ErrorCode.UnknownCommand or ErrorCode.UnknownFlag or ErrorCode.MissingValue or ErrorCode.NotGunicorn or ErrorCode.BadTarget or ErrorCode.BadNumber
        or ErrorCode.BadDuration or ErrorCode.BadSize or ErrorCode.BadChoice or ErrorCode.BadBind or ErrorCode.BadAssignment or ErrorCode.BadNetwork or ErrorCode.BadMount
        or ErrorCode.BadName or ErrorCode.BadPath or ErrorCode.BadUmask or ErrorCode.NoApplication or ErrorCode.SeveralApplications
        or ErrorCode.BadFile or ErrorCode.UnknownKey or ErrorCode.BadKeyValue or ErrorCode.BadRoute or ErrorCode.BadLimit
        or ErrorCode.BadRate;

    public override string ToString() => $"{Code}  {Where}: {What}";
}

namespace Hotplate.Settings;

/// <summary>The stable codes of what can be wrong with what the user said; docs/errors.md has a section for each.</summary>
internal static class ErrorCode
{
    public const string UnknownCommand = "HP101";
    public const string UnknownFlag = "HP102";
    public const string MissingValue = "HP103";
    public const string BadTarget = "HP104";
    public const string BadNumber = "HP105";
    public const string BadDuration = "HP106";
    public const string BadSize = "HP107";
    public const string BadChoice = "HP108";
    public const string BadBind = "HP109";
    public const string BadAssignment = "HP110";
    public const string BadNetwork = "HP111";
    public const string BadMount = "HP112";
    public const string NoDirectory = "HP113";
    public const string BadPython = "HP114";
    public const string BadVenv = "HP115";
    public const string BadTargetFile = "HP116";
    public const string NoPython = "HP117";
    public const string BadLogFile = "HP118";
    public const string BadName = "HP119";
    public const string BadPath = "HP120";
    public const string NotGunicorn = "HP121";
    public const string BadConfig = "HP122";
    public const string BadUmask = "HP123";
    public const string BadErrorPages = "HP124";
    public const string BadEnvFile = "HP125";
    public const string NoApplication = "HP126";
    public const string SeveralApplications = "HP127";
    public const string BadProjectFile = "HP128";
    public const string BadPaste = "HP129";
    public const string BadIdentity = "HP130";
    public const string NotRoot = "HP131";
    public const string CannotGenerate = "HP140";
    public const string CannotWrite = "HP141";
    public const string BadFile = "HP150";
    public const string UnknownKey = "HP151";
    public const string BadKeyValue = "HP152";
    public const string BadRoute = "HP153";
    public const string BadLimit = "HP154";
    public const string BadTls = "HP160";
    public const string BadCiphers = "HP161";
    public const string BadAcme = "HP162";
    public const string BadHost = "HP163";
    public const string BadRate = "HP164";
    public const string BadControlPath = "HP401";
}

namespace Hotplate.Settings;

/// <summary>The headings of the help and of docs/settings.md, in their order.</summary>
internal enum SettingGroup
{
    Listening,
    Encryption,
    Application,
    Workers,
    Recycling,
    Requests,
    Reloading,
    Logging,
    Control,
}

using Hotplate.Linux;

namespace Hotplate.Settings;

/// <summary>Who --user and --group name.</summary>
internal static class RunAsText
{
    /// <summary>Null: nobody was named.</summary>
    /// <exception cref="SettingException">There is no such user or group, or only root could become that.</exception>
    public static Identity? Find(string? user, string? group)
    {
        if (user is null && group is null)
        {
            return null;
        }
        var account = user is null ? Accounts.User(Accounts.Me) : Accounts.User(user);
        var number = account?.User ?? (user is null ? Accounts.Me : Accounts.Number(user)) ?? throw new SettingException(
            ErrorCode.BadIdentity, $"there is no user {user} on this machine. Make one: useradd --system --user-group --home-dir / --shell /usr/sbin/nologin {user}");
        var members = (group is null ? account?.Group : Accounts.Group(group)) ?? throw new SettingException(
            ErrorCode.BadIdentity, group is null
                ? $"user {user} is in no list of users, so its group is not known. Name one too: --group."
                : $"there is no group {group} on this machine. Make one: groupadd --system {group}");
        if (Accounts.Me != 0 && ((user is not null && number != Accounts.Me) || (group is not null && members != Accounts.MyGroup)))
        {
            throw new SettingException(ErrorCode.NotRoot, NotRoot(user, group));
        }
        var name = account?.Name ?? number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new Identity(name, number, Accounts.Me == 0 ? members : Accounts.MyGroup, account is null ? [members] : Accounts.GroupsOf(name, members), account?.Home ?? "/");
    }

    private static string NotRoot(string? user, string? group)
    {
        var unit = string.Join(" and ", new[] { user is null ? null : $"User={user}", group is null ? null : $"Group={group}" }.OfType<string>());
        return $"only root can become somebody else, and {Environment.UserName} started this. Start it as root, or as who it is to be: {unit} in the service's unit, "
            + $"runuser{(user is null ? "" : $" -u {user}")}{(group is null ? "" : $" -g {group}")} -- hotplate serve …, or USER in the container.";
    }
}

using System.Globalization;
using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>A site of Apache's that passes everything on: <c>/etc/apache2/sites-available/shop.conf</c>.</summary>
internal static class ApacheFile
{
    public static GeneratedFile Make(Site site)
    {
        var bind = site.Upstream("Apache");
        var (name, host, mount) = (site.Name, site.Host, site.Settings.App.Mount);
        var path = mount.Length == 0 ? "/" : mount;
        var server = bind.UnixPath is { } socket ? $"unix:{socket}|http://{host}{path}" : $"http://{bind.EndPoint}{path}";
        if (server.Contains("${", StringComparison.Ordinal))
        {
            throw new SettingException(ErrorCode.CannotGenerate, $"Apache takes the ${{ in {server} for a variable, and nothing keeps it from that. Choose another path.");
        }
        return new GeneratedFile(name + ".conf", string.Create(CultureInfo.InvariantCulture, $$$"""
            # Apache before Hotplate. Made by: hotplate generate apache
            #
            # Change: {{{host}}}, wherever it stands.
            #
            #   sudo a2enmod proxy proxy_http headers
            #   sudo cp {{{name}}}.conf /etc/apache2/sites-available/{{{name}}}.conf
            #   sudo a2dissite 000-default; sudo a2ensite {{{name}}}
            #   sudo apachectl configtest && sudo systemctl reload apache2
            #
            # HTTPS, as soon as the name leads here (packages certbot and python3-certbot-apache), which makes a second such file from this one:
            #
            #   sudo certbot --apache -d {{{host}}}

            <VirtualHost *:80>
                ServerName {{{host}}}

                # %2F in a path reaches the application as the browser sent it.
                AllowEncodedSlashes NoDecode
                ProxyRequests Off
                ProxyPreserveHost On
                # As --max-body-size; 0 is no limit.
                LimitRequestBody {{{site.Settings.Http.MaxBodySize ?? 0}}}

                # Hotplate believes these, so all are set or removed here: what is not, a client could set. mod_proxy adds For and Host itself.
                # Another proxy before Apache? See mod_remoteip.
                RequestHeader unset X-Forwarded-For
                RequestHeader unset X-Forwarded-Host
                RequestHeader set   X-Forwarded-Proto "expr=%{REQUEST_SCHEME}"
                RequestHeader set   X-Forwarded-Port  "expr=%{SERVER_PORT}"
                RequestHeader unset X-Forwarded-Prefix
                RequestHeader unset X-Request-Id
            {{{site.DistrustNote("    ")}}}
                # Files by Apache itself: above the other ProxyPass, since the first that fits counts.
                # ProxyPass /static !
                # Alias /static {{{Quoted.Apache(site.Directory.TrimEnd('/') + "/static")}}}
                # <Directory {{{Quoted.Apache(site.Directory.TrimEnd('/') + "/static")}}}>
                #     Require all granted
                # </Directory>

                # ttl: less than Hotplate's --keep-alive, {{{Values.Show(site.Settings.Http.KeepAlive)}}}. timeout: longer than --timeout and --max-queue-time, so that the 504 and its
                # stack are Hotplate's. retry: after a restart it is asked again at once.
                ProxyPass {{{Quoted.Apache(path)}}} {{{Quoted.Apache(server)}}} nocanon ttl={{{site.IdleSeconds}}} connectiontimeout=5 timeout={{{site.AnswerSeconds}}} retry=0
            </VirtualHost>

            """));
    }
}

using System.Globalization;
using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>All of <c>/etc/haproxy/haproxy.cfg</c>.</summary>
internal static class HaproxyFile
{
    public static GeneratedFile Make(Site site)
    {
        var bind = site.Upstream("HAProxy", http2: true);
        var server = bind.UnixPath is { } path ? "unix@" + path : bind.EndPoint!.ToString();
        var (name, host) = (site.Name, site.Host);
        var (seconds, http2) = (site.AnswerSeconds, bind.Http2 ? " proto h2 check-proto h2" : "");
        return new GeneratedFile("haproxy.cfg", string.Create(CultureInfo.InvariantCulture, $$"""
            # HAProxy before Hotplate. Made by: hotplate generate haproxy
            #
            # Change: {{host}}, and the two lines for HTTPS once there is a certificate.
            #
            #   sudo cp haproxy.cfg /etc/haproxy/haproxy.cfg
            #   sudo haproxy -c -f /etc/haproxy/haproxy.cfg && sudo systemctl reload haproxy

            global
                log /dev/log local0
                user haproxy
                group haproxy

            defaults
                mode http
                log global
                option httplog
                option dontlognull
                timeout connect 5s
                timeout client 60s
                timeout http-request {{Math.Max(1, Site.Seconds(site.Settings.Http.HeadTimeout))}}s
                timeout http-keep-alive 60s
                timeout queue {{seconds}}s
                # Longer than --timeout and --max-queue-time, so that the 504 and its stack are Hotplate's.
                timeout server {{seconds}}s

            frontend web
                bind :80
                # The certificate, those between and its key, one behind the other in one file:
                # bind :443 ssl crt /etc/haproxy/certs/{{host}}.pem alpn h2,http/1.1
                # http-request redirect scheme https code 301 unless { ssl_fc }

                # Hotplate believes these, so all are set or removed here: what is not, a client could set.
                http-request set-header X-Forwarded-For %[src]
                http-request set-header X-Forwarded-Proto https if { ssl_fc }
                http-request set-header X-Forwarded-Proto http unless { ssl_fc }
                http-request set-header X-Forwarded-Host %[req.hdr(Host)]
                http-request set-header X-Forwarded-Port %[dst_port]
                http-request del-header X-Forwarded-Prefix
                http-request del-header X-Request-Id
            {{site.DistrustNote("    ")}}{{Choice(name, site.Settings.App.Mount)}}
            backend {{name}}
            {{Check(site)}}    # More machines: more such lines, with --forwarded-allow-ips and --drain-delay there: then a stop refuses nobody.
                server one {{Quoted.Haproxy(server)}}{{http2}} check inter 2s

            """));
    }

    private static string Choice(string name, string mount) => mount.Length == 0
        ? $"    default_backend {name}\n"
        : $"    acl mounted path {Quoted.Haproxy(mount)}\n    acl mounted path_beg {Quoted.Haproxy(mount + "/")}\n    use_backend {name} if mounted\n";

    private static string Check(Site site) => site.Settings.Http.ReadyzPath is { } path
        ? $"    option httpchk\n    http-check send meth GET uri {Quoted.Haproxy(path)} ver HTTP/1.1 hdr Host {site.Host}\n    http-check expect status 200\n"
        : "";
}

using System.Globalization;
using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>A site of nginx's that passes everything on: <c>/etc/nginx/sites-available/shop</c>.</summary>
internal static class NginxFile
{
    public static GeneratedFile Make(Site site)
    {
        var bind = site.Upstream("nginx");
        var server = bind.UnixPath is { } path ? "unix:" + path : bind.EndPoint!.ToString();
        var (name, host, mount) = (site.Name, site.Host, site.Settings.App.Mount);
        return new GeneratedFile(name + ".conf", string.Create(CultureInfo.InvariantCulture, $$"""
            # nginx before Hotplate. Made by: hotplate generate nginx
            #
            # Change: {{host}}, wherever it stands.
            #
            #   sudo cp {{name}}.conf /etc/nginx/sites-available/{{name}}
            #   sudo ln -s ../sites-available/{{name}} /etc/nginx/sites-enabled/{{name}}
            #   sudo rm -f /etc/nginx/sites-enabled/default
            #   sudo nginx -t && sudo systemctl reload nginx
            #
            # HTTPS, as soon as the name leads here (packages certbot and python3-certbot-nginx), which writes its lines into this file:
            #
            #   sudo certbot --nginx -d {{host}}

            upstream {{name}} {
                server {{Quoted.Nginx(server)}};
                keepalive 32;                   # connections that are kept for the next request
                keepalive_timeout {{site.IdleSeconds}}s;          # less than Hotplate's --keep-alive, {{Values.Show(site.Settings.Http.KeepAlive)}}
            }

            server {
                listen 80;
                listen [::]:80;
                server_name {{host}};

                client_max_body_size {{BodySize(site)}};       # as --max-body-size; nginx's own limit is 1m
            {{LargeHeads(site)}}
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_set_header Host $http_host;
                # Hotplate believes these, so all are set here: what is not, a client could set.
                # Another proxy before nginx? See ngx_http_realip_module: set_real_ip_from, real_ip_header.
                proxy_set_header X-Forwarded-For $remote_addr;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header X-Forwarded-Host $http_host;
                proxy_set_header X-Forwarded-Port $server_port;
                proxy_set_header X-Forwarded-Prefix "";
                proxy_set_header X-Request-Id $request_id;
            {{site.DistrustNote("    ")}}
                # Hotplate holds uploads and answers itself. Once is enough, and event streams come through at once.
                proxy_request_buffering off;
                proxy_buffering off;
                proxy_connect_timeout 5s;
                proxy_read_timeout {{site.AnswerSeconds}}s;        # longer than --timeout and --max-queue-time, so that the 504 and its stack are Hotplate's

                # Files by nginx itself; its user, www-data, must be able to enter each folder of the path.
                # location /static/ {
                #     alias {{Quoted.Nginx(site.Directory.TrimEnd('/') + "/static/")}};
                #     expires 1h;
                # }

            {{Locations(name, mount)}}}

            """).Replace("\n\n\n", "\n\n", StringComparison.Ordinal));
    }

    private static string Locations(string name, string mount)
    {
        var location = $" {{ proxy_pass http://{name}; }}\n";
        return mount.Length == 0
            ? $"    location /{location}"
            : $"    location = {Quoted.Nginx(mount)}{location}    location {Quoted.Nginx(mount + "/")}{location}";
    }

    private static string BodySize(Site site) => site.Settings.Http.MaxBodySize is { } size ? Values.ShowSize(size).ToLowerInvariant() : "0";

    private static string LargeHeads(Site site)
    {
        var longest = Math.Max(site.Settings.Http.LimitRequestLine, site.Settings.Http.LimitRequestFieldSize);
        return longest > 8190 ? $"    large_client_header_buffers 4 {(longest + 1024) / 1024}k;\n" : "";
    }
}

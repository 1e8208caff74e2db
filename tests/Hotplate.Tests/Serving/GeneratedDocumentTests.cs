using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>Generated files are what the programs that read them take: systemd, logrotate, kubectl, and readers of YAML.</summary>
[Trait("needs", "systemd logrotate python3-yaml")]
public sealed class GeneratedDocumentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("127.0.0.1:8000")]
    [InlineData(":80")]
    public async Task Systemd_takes_the_unit_and_finds_little_that_it_may_do(string bind)
    {
        var text = await GenerateAsync("systemd", "-b", bind, "-e", "A=%h \"$x\"");
        // The program and the folder are those of a machine where they are installed.
        var lines = text.Split('\n').Select(static line =>
            line.StartsWith("ExecStart=", StringComparison.Ordinal) ? "ExecStart=/usr/bin/true" + line[line.IndexOf(" serve", StringComparison.Ordinal)..]
            : line.StartsWith("ExecReload=", StringComparison.Ordinal) ? "ExecReload=/usr/bin/true"
            : line.StartsWith("WorkingDirectory=", StringComparison.Ordinal) ? "WorkingDirectory=/usr/share" : line);
        var unit = _folder.Write("hotplate-made.service", string.Join('\n', lines));
        var verified = await FinishedProgram.RunAsync("systemd-analyze", "verify", "--man=no", unit);
        Assert.Equal((0, ""), (verified.ExitCode, verified.Errors));
        var told = await FinishedProgram.OutputOfAsync("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", unit);
        Assert.Contains("Overall exposure level", told);
    }

    [Fact]
    public async Task Logrotate_takes_the_rotation()
    {
        var log = _folder.Write("a b.log", "one\n");
        var file = _folder.Write("rotation", await GenerateAsync("logrotate", "--access-logfile", log, "--pid", _folder.File("pid")));
        // It insists on a file that nobody else can write.
        File.SetUnixFileMode(file, (UnixFileMode)0b110_100_100);
        var told = await FinishedProgram.RunAsync("/usr/sbin/logrotate", "-d", "-s", _folder.File("state"), file);
        Assert.True(told.ExitCode == 0 && !told.Errors.Contains("error", StringComparison.Ordinal), told.Errors);
        Assert.Contains($"considering log {log}", told.Errors);
    }

    [Fact]
    public async Task Kubernetes_gets_four_objects_that_refer_to_each_other()
    {
        var objects = await YamlAsync(await GenerateAsync("kubernetes", "-e", "A=b $(C)", "--metrics", "127.0.0.1:9100"));
        Assert.Equal(["Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler"], objects.Select(static one => one.GetProperty("kind").GetString()));
        Assert.All(objects, static one => Assert.Equal("shop", one.GetProperty("metadata").GetProperty("name").GetString()));
        var template = objects[0].GetProperty("spec").GetProperty("template");
        var labels = template.GetProperty("metadata").GetProperty("labels").ToString();
        Assert.Equal(labels, objects[0].GetProperty("spec").GetProperty("selector").GetProperty("matchLabels").ToString());
        Assert.Equal(labels, objects[1].GetProperty("spec").GetProperty("selector").ToString());
        Assert.Equal(labels, objects[2].GetProperty("spec").GetProperty("selector").GetProperty("matchLabels").ToString());
        var container = template.GetProperty("spec").GetProperty("containers")[0];
        Assert.Equal("b $$(C)", container.GetProperty("env")[0].GetProperty("value").GetString());
        Assert.Equal(["http 8000", "metrics 9100"], container.GetProperty("ports").EnumerateArray().Select(static port => $"{port.GetProperty("name")} {port.GetProperty("containerPort")}"));
        Assert.Equal(
            ["/readyz", "/readyz", "/livez"],
            new[] { "startupProbe", "readinessProbe", "livenessProbe" }.Select(name => container.GetProperty(name).GetProperty("httpGet").GetProperty("path").GetString()));
    }

    [Fact]
    public async Task Kubectl_knows_every_field_of_the_Deployment_and_the_Service()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/kubectl"), "kubectl is not installed");
        var objects = await YamlAsync(await GenerateAsync("kubernetes", "--metrics", ":9100", "-e", "A=b"));
        var file = _folder.Write("deployment.json", objects[0].ToString());
        // Nothing is printed when nothing changes. Both read the objects into Kubernetes' own types, which hold no field that there is not, and write them out again.
        var deployment = await FinishedProgram.OutputOfAsync("/usr/bin/kubectl", "set", "image", "--local", "-f", file, "*=registry.example/shop:2", "-o", "json");
        AssertHolds(JsonDocument.Parse(deployment.Replace("shop:2", "shop:1", StringComparison.Ordinal)).RootElement, objects[0], "Deployment");
        var service = _folder.Write("service.json", objects[1].ToString());
        var selected = await FinishedProgram.OutputOfAsync("/usr/bin/kubectl", "set", "selector", "--local", "-f", service, "app.kubernetes.io/name=shop", "-o", "json");
        AssertHolds(JsonDocument.Parse(selected).RootElement, objects[1], "Service");
    }

    [Theory]
    [InlineData("compose", "services")]
    [InlineData("cloud-run", "apiVersion kind metadata spec")]
    [InlineData("app-engine", "runtime entrypoint instance_class automatic_scaling env_variables handlers")]
    public async Task Others_are_YAML_with_the_documented_fields(string kind, string fields)
    {
        var document = Assert.Single(await YamlAsync(await GenerateAsync(kind, "-e", "A=b \"c\" #d", "-e", "E=yes")));
        Assert.Equal(fields, string.Join(' ', document.EnumerateObject().Select(static field => field.Name)));
        var container = kind switch
        {
            "compose" => document.GetProperty("services").GetProperty("shop").GetProperty("environment"),
            "cloud-run" => document.GetProperty("spec").GetProperty("template").GetProperty("spec").GetProperty("containers")[0].GetProperty("env"),
            _ => document.GetProperty("env_variables"),
        };
        Assert.Contains(kind == "cloud-run" ? "{\"name\": \"E\", \"value\": \"yes\"}" : "\"E\": \"yes\"", container.ToString());
    }

    [Fact]
    public async Task Beanstalks_settings_are_YAML()
    {
        await GenerateAsync("beanstalk", "-e", "A=b");
        var document = Assert.Single(await YamlAsync(await File.ReadAllTextAsync(_folder.File("made/.ebextensions/hotplate.config"), CancellationToken.None)));
        var options = document.GetProperty("option_settings");
        Assert.Equal("/readyz", options.GetProperty("aws:elasticbeanstalk:application").GetProperty("Application Healthcheck URL").GetString());
        Assert.Equal("b", options.GetProperty("aws:elasticbeanstalk:application:environment").GetProperty("A").GetString());
    }

    [Fact]
    public async Task PythonAnywheres_script_gives_its_command_in_one_piece()
    {
        var text = await GenerateAsync("pythonanywhere", "--access-logformat", "%(h)s 'b' $c");
        _folder.Write("bin/pa", "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        var tools = $"PATH='{_folder.File("bin")}':$PATH HOME='{_folder.Path}' USER=me; chmod +x '{_folder.File("bin/pa")}'; pip() {{ :; }}\n";
        var script = string.Join('\n', text.Split('\n').Where(static line => !line.StartsWith("python3", StringComparison.Ordinal) && !line.Contains("/bin/pip", StringComparison.Ordinal)));
        var command = (await FinishedProgram.OutputOfAsync("bash", "-c", tools + script)).Split("--command\n")[1].TrimEnd('\n');
        var words = await FinishedProgram.OutputOfAsync("sh", "-c", $"set -- {command}; printf '%s|' \"$@\"");
        Assert.Equal(
            $"{_folder.Path}/shop/.venv/bin/hotplate|serve|app:app|--workers|1|--access-logformat|%(h)s 'b' $c|--chdir|{_folder.Path}/shop|--bind|unix:|",
            words.Replace("--name|shop|", "", StringComparison.Ordinal).Replace("--access-log-format", "--access-logformat", StringComparison.Ordinal));
    }

    private async Task<string> GenerateAsync(string kind, params string[] words) =>
        await GeneratedFiles.WriteAsync(kind, ServerCommand.FolderOf("hello"), _folder.File("made"), ["app:app", "--name", "shop", .. words]);

    private static async Task<IReadOnlyList<JsonElement>> YamlAsync(string text)
    {
        const string program = "import json, sys, yaml\nprint(json.dumps(list(yaml.safe_load_all(sys.argv[1]))))";
        return [.. JsonDocument.Parse(await FinishedProgram.OutputOfAsync("/usr/bin/python3", "-c", program, text)).RootElement.EnumerateArray()];
    }

    private static void AssertHolds(JsonElement whole, JsonElement part, string where)
    {
        switch (part.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var field in part.EnumerateObject())
                {
                    Assert.True(whole.TryGetProperty(field.Name, out var there), $"{where}.{field.Name} is no field of Kubernetes'");
                    AssertHolds(there, field.Value, $"{where}.{field.Name}");
                }
                break;
            case JsonValueKind.Array:
                Assert.Equal(part.GetArrayLength(), whole.GetArrayLength());
                foreach (var (one, index) in part.EnumerateArray().Select(static (one, index) => (one, index)))
                {
                    AssertHolds(whole[index], one, $"{where}[{index}]");
                }
                break;
            default:
                Assert.Equal((where, part.ToString()), (where, whole.ToString()));
                break;
        }
    }
}

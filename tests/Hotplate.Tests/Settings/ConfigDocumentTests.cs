using System.Text.Json.Nodes;
using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

/// <summary>hotplate.toml as JSON and back.</summary>
public class ConfigDocumentTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("workers = 2\nname = \"shop\"\nbind = [\":8000\", 'unix:a\\b']\numask = 0o022\n", """{"workers":2,"name":"shop","bind":[":8000","unix:a\\b"],"umask":18}""")]
    [InlineData("[apps.a]\ntarget = \"a:b\"\n[apps.a.env]\nX = \"1\"\n[apps.\"b c\"]\n", """{"apps":{"a":{"target":"a:b","env":{"X":"1"}},"b c":{}}}""")]
    [InlineData("[[routes]]\nheader = { a = true, b = [\"x\", \"y\"] }\n[[routes]]\nreturn = 404\n", """{"routes":[{"header":{"a":true,"b":["x","y"]}},{"return":404}]}""")]
    [InlineData("a = 1.5\nb.c.d = \"\"\"\ntwo\nlines\"\"\"\n", """{"a":1.5,"b":{"c":{"d":"two\nlines"}}}""")]
    public void Read_and_written_it_says_the_same(string toml, string json)
    {
        var read = ConfigDocument.Read(toml);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), read), read.ToJsonString());
        Assert.True(JsonNode.DeepEquals(read, ConfigDocument.Read(ConfigDocument.Write(read))), ConfigDocument.Write(read));
    }

    [Fact]
    public void Any_text_survives()
    {
        var random = new Random(11);
        for (var round = 0; round < 300; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(4) switch
            {
                0 => ((char)random.Next(1, 0x80)).ToString(),
                1 => "\"",
                2 => "\\",
                _ => char.ConvertFromUtf32(random.Next(0xa0, 0xd000)),
            }));
            var document = new JsonObject { [text + "k"] = text, ["apps"] = new JsonObject { ["a" + text] = new JsonObject { ["env"] = new JsonObject { ["V"] = text } } } };
            Assert.True(JsonNode.DeepEquals(document, ConfigDocument.Read(ConfigDocument.Write(document))), document.ToJsonString());
        }
    }

    [Theory]
    [InlineData("""{"workers": null}""", "workers: null is no value")]
    [InlineData("""{"apps": {"a": 3}}""", "apps.a: an object is needed")]
    public void What_TOML_cannot_say_is_told(string json, string why) =>
        Assert.StartsWith(why, Assert.Throws<FormatException>(() => ConfigDocument.Write(JsonNode.Parse(json)!.AsObject())).Message, StringComparison.Ordinal);
}

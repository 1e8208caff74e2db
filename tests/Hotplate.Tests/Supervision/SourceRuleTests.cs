using Hotplate.Supervision;

namespace Hotplate.Tests.Supervision;

public class SourceRuleTests
{
    [Theory]
    [InlineData("/srv/app.py")]
    [InlineData("/srv/templates/mail.txt")]
    [InlineData("/srv/templates/page.html")]
    [InlineData("/srv/page.jinja2")]
    [InlineData("/srv/pyproject.toml")]
    [InlineData("/srv/config.json")]
    [InlineData("/srv/.env.local")]
    [InlineData("/srv/.flaskenv")]
    public void Code_templates_and_configuration_are_sources(string path) => Assert.True(SourceRule.IsSource(path));

    [Theory]
    [InlineData("/srv/app.pyc")]
    [InlineData("/srv/shop.sqlite")]
    [InlineData("/srv/plates.json")]
    [InlineData("/srv/log.txt")]
    [InlineData("/srv/.app.py.swp")]
    [InlineData("/srv/.#app.py")]
    [InlineData("/srv/app.py~")]
    [InlineData("/srv/4913")]
    [InlineData("/srv/static/site.css")]
    public void Data_and_what_editors_leave_are_not(string path) => Assert.False(SourceRule.IsSource(path));

    [Fact]
    public void Folders_of_others_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        folder.Write("environment/pyvenv.cfg");
        Assert.True(SourceRule.IsPassedOver(folder.File("environment")));
        Assert.All(new[] { ".git", "node_modules", "__pycache__", "shop.egg-info", ".venv", "venv" }, name => Assert.True(SourceRule.IsPassedOver(folder.File(name))));
        Assert.All(new[] { "shop", "templates", "views" }, name => Assert.False(SourceRule.IsPassedOver(folder.File(name))));
    }
}

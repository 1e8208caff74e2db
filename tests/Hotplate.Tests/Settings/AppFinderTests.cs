using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public sealed class AppFinderTests : IDisposable
{
    private const string Flask = "from flask import Flask\n\napp = Flask(__name__)\n";
    private const string Factory = "def create_app(test_config=None, *, debug=False, **more):\n    return None\n";
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("wsgi.py", Flask, "wsgi")]
    [InlineData("app.py", Flask, "app")]
    [InlineData("main.py", Flask, "main")]
    [InlineData("application.py", Flask, "application")]
    [InlineData("passenger_wsgi.py", "from app import app as application\n", "passenger_wsgi")]
    [InlineData("site.wsgi", "import sys\nfrom shop import application\n", "./site.wsgi")]
    [InlineData("app.py", Factory, "app:create_app()")]
    [InlineData("app.py", "def make_app():\n    pass\n", "app:make_app()")]
    [InlineData("flaskr/__init__.py", Factory, "flaskr:create_app()")]
    [InlineData("flaskr/__init__.py", Flask, "flaskr")]
    [InlineData("src/flaskr/__init__.py", Factory, "./src/flaskr/__init__.py:create_app()")]
    [InlineData("app.py", "import flask\nsite = flask.Flask(__name__)\n", "app:site")]
    [InlineData("app.py", "app: Flask = create_app()\n", "app")]
    [InlineData("app.py", "application = app = bottle.default_app()\n", "app")]
    [InlineData("app.py", "from shop import (\n    db,\n    app,  # the application\n)\n", "app")]
    [InlineData("app.py", "def app(environ, start_response):\n    return []\n", "app")]
    [InlineData("app.py", "app = \\\n    Flask(__name__)\n", "app")]
    [InlineData("app.py", "from dash import Dash\napp = Dash(__name__)\nserver = app.server\n", "app:server")]
    [InlineData("app.py", "config = Configurator()\nsite = config.make_wsgi_app()\n", "app:site")]
    public void It_is_found_where_people_have_it(string file, string text, string target)
    {
        _folder.Write(file, text);
        var search = Find();
        Assert.Equal(target, Assert.Single(search.Found).Target);
        Assert.StartsWith(file + ": ", search.Only!.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("import os\nprint('app = Flask()')\n")]
    [InlineData("\"\"\"How to use it:\n\napp = Flask(__name__)\n\"\"\"\n")]
    [InlineData("if __name__ == '__main__':\n    app = Flask(__name__)\n")]
    [InlineData("app == Flask(__name__)\n")]
    [InlineData("# app = Flask(__name__)\n")]
    [InlineData("class Shop:\n    app = Flask(__name__)\n")]
    [InlineData("import app\n")]
    public void What_only_looks_like_one_is_none(string text)
    {
        _folder.Write("app.py", text);
        Assert.Empty(Find().Found);
    }

    [Theory]
    [InlineData("app = FastAPI()\n", "FastAPI, which speaks ASGI")]
    [InlineData("app = typer.Typer()\n", "Typer")]
    [InlineData("async def app(scope, receive, send):\n    pass\n", "ASGI")]
    [InlineData("def create_app(config):\n    pass\n", "needs arguments")]
    public void What_cannot_be_served_is_told(string text, string word)
    {
        _folder.Write("main.py", text);
        var search = Find();
        Assert.Empty(search.Found);
        Assert.Contains(word, Assert.Single(search.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_made_for_servers_comes_first_and_a_packages_factory_last()
    {
        _folder.Write("shop/__init__.py", Factory);
        _folder.Write("site.wsgi", Flask);
        Assert.Equal("./site.wsgi", Find().Only!.Target);
        _folder.Write("app.py", Flask);
        Assert.Equal("app", Find().Only!.Target);
        _folder.Write("wsgi.py", Flask);
        Assert.Equal("wsgi", Find().Only!.Target);
    }

    [Fact]
    public void Of_several_that_are_equally_good_none_is_taken_unless_one_is_certain()
    {
        _folder.Write("app.py", "app = make()\n");
        _folder.Write("main.py", "app = something()\n");
        Assert.Equal(["app", "main"], Find().Found.Select(one => one.Target));
        _folder.Write("main.py", Flask);
        Assert.Equal("main", Find().Only!.Target);
        _folder.Write("app.py", Flask);
        Assert.Null(Find().Only);
    }

    [Theory]
    [InlineData("mysite/settings.py", "WSGI_APPLICATION = 'mysite.wsgi.application'\n", "mysite.wsgi:application")]
    [InlineData("mysite/settings/__init__.py", "from .base import *\n", "mysite.server:site")]
    [InlineData("mysite/settings.py", "DEBUG = True\n", "mysite.wsgi")]
    public void Django_is_asked_by_its_settings(string file, string text, string target)
    {
        _folder.Write("manage.py", "def main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')\n");
        _folder.Write("mysite/__init__.py");
        _folder.Write("mysite/settings/base.py", "WSGI_APPLICATION = \"mysite.server.site\"\n");
        _folder.Write("mysite/wsgi.py", "application = get_wsgi_application()\n");
        _folder.Write(file, text);
        Assert.Equal(target, Find().Only!.Target);
        Assert.StartsWith("manage.py: ", Find().Only!.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Djangos_settings_may_be_chosen_by_a_variable()
    {
        _folder.Write("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')\n");
        _folder.Write("mysite/live.py", "from mysite.settings import *\nWSGI_APPLICATION = 'live.wsgi.application'\n");
        _environment["DJANGO_SETTINGS_MODULE"] = "mysite.live";
        Assert.Equal("live.wsgi:application", Find().Only!.Target);
    }

    [Theory]
    [InlineData("shop", "shop:create_app()")]
    [InlineData("shop:app", "shop:app")]
    [InlineData("shop:create_app", "shop:create_app()")]
    [InlineData("shop:create_app()", "shop:create_app()")]
    [InlineData("shop:create_app('x')", "shop:create_app('x')")]
    [InlineData("hello.py", "hello.py")]
    [InlineData("hello.py:special", "hello.py:special()")]
    [InlineData("hello:plain", "hello:plain")]
    [InlineData("src/hello", "src/hello.py")]
    [InlineData("src/pack", "src/pack/__init__.py:create_app()")]
    [InlineData("installed.shop", "installed.shop")]
    [InlineData("src/gone", "src/gone.py")]
    public void FLASK_APP_means_what_it_means_to_Flask(string text, string target)
    {
        _folder.Write("shop/__init__.py", Factory);
        _folder.Write("hello.py", Flask + "def special():\n    pass\n\ndef plain(environ, start_response):\n    pass\n");
        _folder.Write("src/hello.py", Flask);
        _folder.Write("src/pack/__init__.py", Factory);
        _environment["FLASK_APP"] = text;
        var found = Find().Only!;
        Assert.Equal((target, $"FLASK_APP={text}"), (found.Target, found.Why));
    }

    [Fact]
    public void What_somebody_has_said_wins_over_what_lies_there()
    {
        _folder.Write("wsgi.py", Flask);
        _folder.Write(".flaskenv", "FLASK_APP=shop:app\n");
        Assert.Equal(("shop:app", ".flaskenv: FLASK_APP=shop:app"), (Find().Only!.Target, Find().Only!.Why));
        _environment["FLASK_APP"] = "till:app";
        Assert.Equal("till:app", Find().Only!.Target);
        _folder.Write("pyproject.toml", "[project]\nname = \"shop\"\n\n[tool.hotplate]\ntarget = \"shop:create_app('live')\"\n");
        Assert.Equal("shop:create_app('live')", Find().Only!.Target);
        _folder.Write("pyproject.toml", "[tool]\nhotplate = { target = \"shop:app\", workers = 4 }\n");
        Assert.Equal("shop:app", Find().Only!.Target);
        Assert.Contains("workers of tool.hotplate is not read", _warnings[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tool.hotplate.target = 'a:b'\n")]
    [InlineData("[tool]\nhotplate = { target = \"a:b\" }\n")]
    [InlineData("[tool.\"hotplate\"]\ntarget = '''a:b'''\n")]
    public void The_project_file_may_be_written_in_any_way_of_TOML(string text)
    {
        _folder.Write("pyproject.toml", text);
        Assert.Equal("a:b", Find().Only!.Target);
    }

    [Theory]
    [InlineData("[tool.hotplate]\ntarget = shop\n", "pyproject.toml:2:")]
    [InlineData("[tool.hotplate]\n\ntarget = [\"shop\"]\n", "pyproject.toml:3:10: target is text")]
    public void A_project_file_that_cannot_be_understood_is_told_with_its_place(string text, string words)
    {
        _folder.Write("pyproject.toml", text);
        var problem = Assert.Throws<SettingException>(() => Find());
        Assert.Equal(ErrorCode.BadProjectFile, problem.Code);
        Assert.Contains(words, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_project_file_that_is_broken_and_not_ours_is_nobodys_concern()
    {
        _folder.Write("pyproject.toml", "[tool.black\n");
        _folder.Write("app.py", Flask);
        Assert.Equal("app", Find().Only!.Target);
    }

    [Fact]
    public void What_lies_in_a_folder_below_is_named_but_not_taken()
    {
        _folder.Write("backend/wsgi.py", Flask);
        var search = Find();
        Assert.Empty(search.Found);
        Assert.Contains("hotplate serve --chdir backend", Assert.Single(search.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void From_elsewhere_paths_are_whole()
    {
        _folder.Write("site.wsgi", Flask);
        Assert.Equal(_folder.File("site.wsgi"), new AppFinder(_folder.Path, isHere: false, _environment.GetValueOrDefault, _warnings).Find().Only!.Target);
    }

    private AppSearch Find() => new AppFinder(_folder.Path, isHere: true, _environment.GetValueOrDefault, _warnings).Find();
}

using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public sealed class AppTargetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("shop:app")]
    [InlineData("shop")]
    [InlineData("shop.web.wsgi:application")]
    [InlineData("shop:create_app('a:b', debug=True)")]
    public void A_module_stays_as_it_is(string text) => Assert.Equal((text, null), (Parse(text).Text, Parse(text).Root));

    [Fact]
    public void A_file_is_imported_from_its_own_folder()
    {
        _folder.Write("shop/app.py");
        Assert.Equal(new AppTarget("app", null, Inside("shop")), Parse("shop/app.py"));
        Assert.Equal(new AppTarget("app", "create_app()", Inside("shop")), Parse("./shop/app.py:create_app()"));
    }

    [Fact]
    public void A_file_of_a_package_is_imported_from_above_the_outermost_package()
    {
        _folder.Write("src/shop/__init__.py");
        _folder.Write("src/shop/web/__init__.py");
        _folder.Write("src/shop/web/wsgi.py");
        Assert.Equal(new AppTarget("shop.web.wsgi", "app", Inside("src")), Parse("src/shop/web/wsgi.py:app"));
        Assert.Equal(new AppTarget("shop", null, Inside("src")), Parse("src/shop/__init__.py"));
    }

    [Fact]
    public void A_file_whose_name_does_not_end_in_py_is_a_script()
    {
        _folder.Write("shop/script");
        Assert.Equal(new AppTarget(Inside("shop/script"), "app", Inside("shop")), Parse("shop/script:app"));
        _folder.Write("mysite.wsgi");
        Assert.Equal(new AppTarget(Inside("mysite.wsgi"), null, _folder.Path), Parse("mysite.wsgi"));
        Assert.Equal(("mysite.wsgi", Inside("mysite.wsgi")), (Parse("mysite.wsgi").Name, Parse("mysite.wsgi").Script));
        Assert.Null(Parse("mysite").Script);
    }

    [Theory]
    [InlineData("mysite/wsgi.py")]
    [InlineData("mysite/wsgi/__init__.py")]
    public void Where_a_module_has_the_name_of_a_script_the_module_is_meant(string file)
    {
        _folder.Write("mysite.wsgi");
        _folder.Write(file);
        Assert.Equal(new AppTarget("mysite.wsgi", null, null), Parse("mysite.wsgi"));
        Assert.Equal(Inside("mysite.wsgi"), Parse("./mysite.wsgi").Script);
    }

    [Fact]
    public void What_is_not_there_is_told_with_what_was_meant()
    {
        _folder.Write("shop/app.py");
        Refuses("shop", null);
        Refuses("shop/", "Did you mean shop/app.py?");
        Refuses("shop/ap.py", "Did you mean shop/app.py?");
        Refuses("nowhere/x.py", "there is no file");
        _folder.Write("shop/site.v2.py");
        Refuses("shop/site.v2.py", "a dot in its name");
        _folder.Write("shop/site.wsgi");
        Refuses("shop/sit.wsgi", "Did you mean shop/site.wsgi?");
    }

    [Theory]
    [InlineData("")]
    [InlineData(":app")]
    [InlineData("shop:")]
    [InlineData("sh op:app")]
    [InlineData("shop..x:app")]
    public void What_names_neither_module_nor_file_is_refused(string text) =>
        Assert.Equal(ErrorCode.BadTarget, Assert.Throws<SettingException>(() => Parse(text)).Code);

    private string Inside(string name) => Path.Combine(_folder.Path, name);

    private AppTarget Parse(string text) => AppTarget.Parse(text, _folder.Path);

    private void Refuses(string text, string? advice)
    {
        if (advice is null)
        {
            Assert.Equal("shop", Parse(text).Module);
            return;
        }
        var problem = Assert.Throws<SettingException>(() => Parse(text));
        Assert.Equal(ErrorCode.BadTargetFile, problem.Code);
        Assert.Contains(advice, problem.Message);
    }
}

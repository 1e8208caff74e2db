namespace Hotplate.Tests;

public class SmokeTests
{
    [Fact]
    public void True_is_true() => Assert.True(bool.Parse("true"));
}

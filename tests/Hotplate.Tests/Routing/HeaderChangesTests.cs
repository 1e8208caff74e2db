using Hotplate.Routing;
using Hotplate.Settings;

namespace Hotplate.Tests.Routing;

public class HeaderChangesTests
{
    [Fact]
    public async Task The_answer_s_own_fields_are_replaced_and_removed()
    {
        var table = RouteFile.Table("""
            [[routes]]
            return = 400
            body = "x"
            response-headers = { set = { Content-Type = "text/x", X-From = "$host$path" }, remove = ["cache-control", "none"] }
            """);
        var visit = AskedVisit.Of("GET", "/a%0D%0Ab", ("Host", "Shop.example:80"));
        var answer = await visit.ByAsync(new Changed((RouteAction.Fixed)table.Routes[0].Settings.Action), table);
        Assert.Equal(("text/x", "shop.example/a%0D%0Ab"), (answer.Answer.ContentType.ToString(), answer.Answer["X-From"].ToString()));
        Assert.Equal(0, answer.Answer.CacheControl.Count);
    }

    [Fact]
    public void A_request_s_fields_are_changed_before_anybody_reads_them()
    {
        var route = RouteFile.One("app = \"shop\"\nrequest-headers = { set = { X-Real = \"$scheme\" }, remove = \"x-secret\" }");
        var visit = AskedVisit.Of("GET", "/", ("X-Real", "forged"), ("X-Secret", "1"));
        HeaderChanges.Apply(route.RequestHeaders!, visit.Request.Headers, visit);
        Assert.Equal(("http", 0), (visit.Request.Headers["X-Real"].ToString(), visit.Request.Headers["X-Secret"].Count));
    }

    private sealed class Changed(RouteAction.Fixed action) : Handler
    {
        internal override Task HandleAsync(Visit visit)
        {
            HeaderChanges.OnAnswer(visit);
            return new FixedHandler(action).HandleAsync(visit);
        }
    }
}

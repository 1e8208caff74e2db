namespace Hotplate.Routing;

/// <summary>Which condition of a route a request does not meet.</summary>
internal enum RouteCondition : byte
{
    None,
    Method,
    Scheme,
    Client,
    Header,
    Query,
    Cookie,
}

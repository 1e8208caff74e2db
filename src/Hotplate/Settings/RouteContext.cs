using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>What reading a route takes from the file that it stands in.</summary>
/// <param name="Place">The file and line of something in it, for messages.</param>
/// <param name="Folder">What relative paths are relative to; absolute.</param>
/// <param name="Apps">The applications that there are; null: any name will do.</param>
internal sealed record RouteContext(Func<SourceSpan, string> Place, string Folder, IReadOnlyCollection<string>? Apps);

namespace Hotplate.Supervision;

/// <summary>The process that imports the application once, for the workers that are forked from it.</summary>
internal sealed class TemplateProcess
{
    /// <summary>0 until the zygote has told.</summary>
    internal int Pid { get; set; }

    internal LastWords Words { get; } = new();
}

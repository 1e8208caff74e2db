namespace Hotplate.Control;

/// <summary>A control socket or a pid file that cannot be used; the message has its code and says what to do.</summary>
internal sealed class ControlException(string message, Exception? inner = null) : Exception(message, inner);

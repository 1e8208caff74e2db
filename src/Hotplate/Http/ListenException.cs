namespace Hotplate.Http;

/// <summary>An address cannot be listened on. The message is for the user: where, what, and what to do.</summary>
internal sealed class ListenException(string message, Exception? inner = null) : Exception(message, inner);

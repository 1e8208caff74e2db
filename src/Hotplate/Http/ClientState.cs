namespace Hotplate.Http;

/// <summary>What a connection is about, in the order in which they are sent away when memory is short.</summary>
internal enum ClientState
{
    /// <summary>Part of a request's head has come.</summary>
    SendsHead,

    /// <summary>Part of a request's body has come.</summary>
    SendsBody,

    /// <summary>Nothing is under way, and nothing ever was.</summary>
    Silent,

    /// <summary>Nothing is under way, and has not been for seconds.</summary>
    Idle,

    /// <summary>Its answer is in memory, and it does not take it.</summary>
    Reads,

    /// <summary>HTTP/2, with requests.</summary>
    Multiplexed,

    /// <summary>It was answered a moment ago, and may ask again at once.</summary>
    Rests,

    /// <summary>Its request is being answered.</summary>
    Busy,
}

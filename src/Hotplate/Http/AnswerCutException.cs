namespace Hotplate.Http;

/// <summary>Tells Kestrel that an answer which has begun does not go on. Everything was said about it already, so no log has it.</summary>
internal sealed class AnswerCutException() : Exception("the answer was cut");

namespace Hotplate.Supervision;

/// <summary>What a worker looks like at one moment, for those who decide whether it stays.</summary>
/// <param name="Id">Its id, see <see cref="Workers.Worker.Id"/>.</param>
/// <param name="Answers">Requests it has answered.</param>
/// <param name="Age">Since it became ready.</param>
/// <param name="Memory">Resident bytes; 0 when nobody asked or it is gone.</param>
internal readonly record struct WorkerVitals(int Id, long Answers, TimeSpan Age, long Memory);

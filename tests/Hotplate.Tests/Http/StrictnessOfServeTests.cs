using Hotplate.Tests.Fixtures;

namespace Hotplate.Tests.Http;

/// <summary>The same points through <c>hotplate serve</c>, with an application that would answer 200.</summary>
[Trait("starts", "processes")]
public sealed class StrictnessOfServeTests(StrictnessOfServeTests.Front front) : StrictnessTests(front), IClassFixture<StrictnessOfServeTests.Front>
{
    public sealed class Front() : Served("hello"), IStrictFront
    {
        public int Accepted => 200;

        public async Task<RawAnswers> SendAsync(string latin1, int piece = 0)
        {
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync((System.Net.IPEndPoint)Server.EndPoint(), TestContext.Current.CancellationToken);
            return await RawAnswers.ExchangeAsync(client.GetStream(), System.Text.Encoding.Latin1.GetBytes(latin1), piece);
        }
    }
}

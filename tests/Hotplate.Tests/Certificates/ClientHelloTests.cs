using System.Buffers;
using System.Net.Security;
using Hotplate.Certificates;

namespace Hotplate.Tests.Certificates;

public class ClientHelloTests
{
    [Fact]
    public async Task The_name_and_what_is_understood_are_read_however_the_bytes_are_cut()
    {
        var sent = await HelloAsync("Shop.Example");
        for (var length = 1; length < sent.Length; length++)
        {
            Assert.Null(ClientHello.Read(new ReadOnlySequence<byte>(sent, 0, length), out var isTls));
            Assert.True(isTls);
        }
        var hello = ClientHello.Read(new ReadOnlySequence<byte>(sent), out _)!;
        Assert.Equal(("shop.example", true, false), (hello.ServerName, hello.TakesEcdsa, hello.IsChallenge));
    }

    [Fact]
    public async Task One_that_is_spread_over_several_records_is_read()
    {
        var sent = await HelloAsync("shop.example");
        var message = sent.AsSpan(5).ToArray();
        List<byte> cut = [];
        foreach (var piece in message.Chunk(7))
        {
            cut.AddRange([22, 3, 1, 0, (byte)piece.Length, .. piece]);
        }
        Assert.Equal("shop.example", ClientHello.Read(new ReadOnlySequence<byte>(cut.ToArray()), out _)!.ServerName);
    }

    [Fact]
    public async Task No_mutation_is_more_than_not_understood()
    {
        var sent = await HelloAsync("shop.example");
        var random = new Random(12);
        for (var i = 0; i < 20_000; i++)
        {
            var mutated = sent.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }
            _ = ClientHello.Read(new ReadOnlySequence<byte>(mutated, 0, random.Next(1, mutated.Length + 1)), out _);
        }
    }

    private static async Task<byte[]> HelloAsync(string name)
    {
        using var sent = new Far();
        await using var tls = new SslStream(sent);
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(name));
        return sent.Written.ToArray();
    }

    /// <summary>A far end that says nothing.</summary>
    private sealed class Far : MemoryStream
    {
        public MemoryStream Written { get; } = new();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written.Write(buffer.Span);
            return ValueTask.CompletedTask;
        }
    }
}

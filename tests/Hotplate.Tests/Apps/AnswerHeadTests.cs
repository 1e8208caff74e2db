using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Hotplate.Channel;
using Hotplate.Workers;

namespace Hotplate.Tests.Apps;

/// <summary>Random heads, as a worker may say them: what the rule lets pass reaches the client, anything else is a 500 for its request alone.</summary>
public class AnswerHeadTests
{
    private static readonly string[] Names =
        ["", "X-A", "X-A", "Set-Cookie", "Content-Length", "content-length", "Date", "Connection", "Transfer-Encoding", "X A", "X-\u00e9", "X:", "!#$%&'*+-.^_`|~9"];

    private static readonly string[] Texts =
        ["", "a", " a ", "\ta\t", "a\tb", "caf\u00e9", "\u0080\u00ff", "a\rb", "a\nb", "a\0b", "a\u001fb", "a\u007fb", "0", "7", "007", "0000000000000000000000007",
            "9223372036854775807", "9223372036854775808", "-1", "+1", "1 1", new('a', 512), new('a', 513), new('b', 9000)];

    [Fact]
    public async Task What_the_rule_lets_pass_reaches_the_client_and_the_rest_fails_alone()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        var text = Gen.Elements(Texts);
        var field = Gen.Elements(Names).SelectMany(name => text.Select(value => (name, value)));
        // Most fields are good, so that whole heads often are.
        var fields = Gen.Frequency((4, Gen.Constant(("X-B", " good "))), (1, field)).ListOf();
        var heads = Gen.Frequency((6, Gen.Choose(200, 999)), (1, Gen.Choose(0, 1100)))
            .SelectMany(status => Gen.Frequency((3, Gen.Constant("Fine")), (1, text)).SelectMany(reason => fields.Select(list => new Head(status, reason, [.. list]))));

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(12).WithReplay(20_26, 11_27),
            Prop.ForAll(heads.ToArbitrary(), head => Task.Run(() => TryAsync(front, head)).GetAwaiter().GetResult()));
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task One_that_cannot_be_read_ends_its_worker()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();

        front.Ends[0].Send(FrameType.Response, front.Ends[0].TakeNext().Header.Stream, 0, FrameFlags.End, [200, 0, 9, 0, 0, 0]);

        await Fixtures.Patience.UntilAsync(() => front.Ends[0].Worker.State == WorkerState.Exited, "the channel closed");
    }

    private static async Task TryAsync(FrontOfFarEnds front, Head head)
    {
        using var client = await front.ConnectAsync();
        // With HEAD nothing depends on the length.
        await client.SendAsync("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
        var stream = front.Ends[0].TakeNext().Header.Stream;
        front.Ends[0].Send(FrameType.Response, stream, 0, FrameFlags.End | FrameFlags.NoBody, head.Payload());
        var expected = head.IsLawful ? head.Status : 500;
        Assert.StartsWith($"HTTP/1.1 {expected} ", (await client.ReadAsync(bodyless: true))!.Head, StringComparison.Ordinal);
        Assert.Equal(WorkerState.Ready, front.Ends[0].Worker.State);
    }

    /// <summary>A head as the application gave it.</summary>
    private sealed record Head(int Status, string Reason, (string Name, string Value)[] Fields)
    {
        /// <summary>By the rule alone, as the worker's side looks at it.</summary>
        internal bool IsLawful
        {
            get
            {
                long? length = null;
                foreach (var (name, value) in Fields)
                {
                    var bytes = AnswerRule.Trim(Encoding.Latin1.GetBytes(value));
                    if (!AnswerRule.IsName(Encoding.Latin1.GetBytes(name)) || !AnswerRule.IsValue(bytes))
                    {
                        return false;
                    }
                    if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                    {
                        if (!AnswerRule.TryLength(bytes, out var parsed) || (length is not null && length != parsed))
                        {
                            return false;
                        }
                        length = parsed;
                    }
                }
                return AnswerRule.IsStatus(Status) && AnswerRule.IsReason(Encoding.Latin1.GetBytes(Reason));
            }
        }

        internal byte[] Payload()
        {
            var bytes = new MemoryStream();
            Number(Status);
            Number(Fields.Length);
            Write(Reason);
            foreach (var (name, value) in Fields)
            {
                bytes.WriteByte(0);
                Write(name);
                Write(value);
            }
            return bytes.ToArray();

            void Write(string text)
            {
                Number(text.Length);
                bytes.Write(Encoding.Latin1.GetBytes(text));
            }

            void Number(int value)
            {
                Span<byte> two = stackalloc byte[2];
                BinaryPrimitives.WriteUInt16LittleEndian(two, (ushort)value);
                bytes.Write(two);
            }
        }
    }
}

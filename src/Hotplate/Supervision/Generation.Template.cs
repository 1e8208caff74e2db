using System.ComponentModel;
using Hotplate.Linux;
using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Supervision;

/// <content>The template, with --preload: what imports the application once, for the workers that are forked from it.</content>
internal sealed partial class Generation
{
    /// <summary>Under the lock.</summary>
    private void LoadTemplate()
    {
        var loading = template = new TemplateProcess();
        var stdout = context.Output.Open(() => loading.Pid, context.WriteOut, raw: context.Raw?.Output);
        var stderr = context.Output.Open(() => loading.Pid, context.WriteError, loading.Words, context.Raw?.Error);
        var place = Libc.memfd_create("hotplate-import", 1 /* MFD_CLOEXEC */);
        if (place < 0)
        {
            zygote!.Send(new ZygoteCommand { Type = "load" }, stdout, stderr);
        }
        else
        {
            zygote!.Send(new ZygoteCommand { Type = "load" }, stdout, stderr, place);
            _ = WatchImportAsync(new SafeFileHandle(place, ownsHandle: true), 0, () => template != loading || HasCodeInMemory, () => loading.Pid);
        }
        _ = Libc.close(stdout);
        _ = Libc.close(stderr);
    }

    private void OnTemplate(ZygoteEvent said)
    {
        lock (gate)
        {
            if (template is null)
            {
                return;
            }
            switch (said.Type)
            {
                case "loading":
                    template.Pid = said.Pid;
                    break;
                case "preloaded":
                    HasCodeInMemory = true;
                    templates.BecameReady();
                    TryStartMissing();
                    break;
                default:
                    OnTemplateGone(template, ExitReason.FromStatus(said.Status));
                    break;
            }
        }
    }

    /// <summary>Under the lock. Workers that were forked from it are not its children, and serve on.</summary>
    private void OnTemplateGone(TemplateProcess gone, ExitReason reason)
    {
        var hadLoaded = HasCodeInMemory;
        template = null;
        HasCodeInMemory = false;
        if (State is GenerationState.Parked or GenerationState.Ended)
        {
            return;
        }
        if (!hadLoaded && (State == GenerationState.Starting || !firstReady.Task.IsCompleted))
        {
            context.Log.TemplateFailedToLoad(context.App.Name, gone.Pid, reason.ToString());
            Fail(new GenerationStart(reason.Code == 4 ? 4 : 3, gone.Words, reason.ToString()));
            return;
        }
        var delay = templates.Exited(hadLoaded);
        context.Log.TemplateGone(context.App.Name, gone.Pid, reason.ToString(), delay);
        _ = LoadTemplateLaterAsync(delay);
    }

    private async Task LoadTemplateLaterAsync(TimeSpan delay)
    {
        await Task.Delay(delay, context.Time);
        lock (gate)
        {
            if (State is GenerationState.Parked or GenerationState.Ended
                || zygote is null || template is not null || preload == Preload.Off)
            {
                return;
            }
            try
            {
                LoadTemplate();
            }
            catch (Exception error) when (error is IOException or Win32Exception)
            {
                context.Log.CannotStartWorker(context.App.Name, error.Message);
                _ = LoadTemplateLaterAsync(TimeSpan.FromSeconds(1));
            }
        }
    }

    /// <summary>The import left behind what workers cannot share: the template is to be the first worker, and the others import for themselves.</summary>
    private void OnHeld(string found)
    {
        context.Log.NotPreloaded(context.App.Name, found);
        lock (gate)
        {
            preload = Preload.Off;
            becomes = template is { Pid: > 0 };
            template = null;
            TryStartMissing();
        }
    }
}

namespace Hotplate.Worker;

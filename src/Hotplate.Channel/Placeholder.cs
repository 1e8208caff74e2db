namespace Hotplate.Channel;

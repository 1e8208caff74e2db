Console.WriteLine("hotplate");

"""What a new guestbook begins with, so that the first visitor is not alone."""
import os
from datetime import datetime, timedelta, timezone

CALIBRATION = "set,measured\n50,49.7\n100,99.8\n150,150.4\n200,201.1\n250,251.9\n"

# name, message, heat in °C, hours ago, attachment
ENTRIES = (
    ("Ada Brandt", "Warm welcome, clean glass, and somebody had already put the kettle on. I will be back with my own "
     "stirring bar.", 84, 170, None),
    ("Nils Okafor", "Calibrated plate 3 while I was here: it reads a little high at the top end. The numbers are "
     "attached, the plate has a sticker.", 201, 52, ("calibration-plate-3.csv", "text/csv", CALIBRATION)),
    ("Mei-Lin Sørensen", "Crystals by morning! Slow cooling on the small plate did it. Thank you for not touching "
     "the beaker.", 38, 26, None),
    ("Tomás Vidal", "The agar set, the coffee did not. Strictly separate plates from now on, please.", 120, 5, None),
)


def write(connection, data):
    now = datetime.now(timezone.utc)
    for name, message, heat, hours, attachment in ENTRIES:
        written = (now - timedelta(hours=hours)).isoformat(timespec="seconds")
        entry = connection.execute(
            "INSERT INTO entry (name, visitor, message, heat, written) VALUES (?, '', ?, ?, ?)",
            (name, message, heat, written)).lastrowid
        if attachment:
            attach(connection, data, entry, *attachment)


def attach(connection, data, entry, name, kind, text):
    stored = f"sample-{entry}"
    with open(os.path.join(data, "uploads", stored), "w", encoding="utf-8") as file:
        file.write(text)
    connection.execute("INSERT INTO file (entry, stored, name, type, size) VALUES (?, ?, ?, ?, ?)",
                       (entry, stored, name, kind, len(text.encode())))

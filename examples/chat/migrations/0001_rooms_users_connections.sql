-- Who was here, who is here now, which rooms there are, and whose rooms are kept.

CREATE TABLE users (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE            -- compared byte for byte, as group names and users are
) STRICT;

CREATE TABLE connections (
    id         TEXT PRIMARY KEY,         -- the connection id that the client was given
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_agent TEXT NOT NULL,
    connected  INTEGER NOT NULL          -- 1 from the connected event to the disconnected one
) STRICT;

CREATE INDEX connections_of_user ON connections (user_id, connected);

CREATE TABLE rooms (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE user_rooms (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, room_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_rooms_of_room ON user_rooms (room_id);

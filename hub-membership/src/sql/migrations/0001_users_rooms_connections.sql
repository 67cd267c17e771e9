-- Users, rooms, who is in which room, and who is connected to which server. The same for SQLite and PostgreSQL.
-- Names are compared byte for byte. A NUL in one, which PostgreSQL has no text for, is written `\0`, and a `\` is `\\`.

CREATE TABLE hub_users (
    name TEXT NOT NULL PRIMARY KEY
);

CREATE TABLE hub_rooms (
    name TEXT NOT NULL PRIMARY KEY
);

CREATE TABLE hub_user_rooms (
    user_name TEXT NOT NULL REFERENCES hub_users (name) ON DELETE CASCADE,
    room_name TEXT NOT NULL REFERENCES hub_rooms (name) ON DELETE CASCADE,
    PRIMARY KEY (user_name, room_name)
);

CREATE INDEX hub_user_rooms_of_room ON hub_user_rooms (room_name);

-- A server is alive as long as its beat grows.
CREATE TABLE hub_servers (
    id   TEXT   NOT NULL PRIMARY KEY,
    beat BIGINT NOT NULL
);

CREATE TABLE hub_connections (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_name  TEXT    REFERENCES hub_users (name) ON DELETE CASCADE,
    server     TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    user_agent TEXT    NOT NULL,
    connected  BOOLEAN NOT NULL,
    changed_at BIGINT  NOT NULL              -- seconds since 1970
);

CREATE INDEX hub_connections_of_user ON hub_connections (user_name);
CREATE INDEX hub_connections_of_server ON hub_connections (server, connected);
CREATE INDEX hub_connections_by_age ON hub_connections (connected, changed_at);

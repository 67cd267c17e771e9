// Runs inside the page, in jsdom and in Chromium alike, beside an unmodified jquery.signalR: does what a page's own
// script would do, on order, and reports what the library tells it. A classic script, as the library is one.
//
// Orders come as `interopAgent.<verb>(key, …)`, where `key` names one connection of the page; reports go to
// `interopReport(key, json)`, which the environment puts there.

(function (window) {
  "use strict";

  var $ = window.jQuery;
  var STATES = { 0: "connecting", 1: "connected", 2: "reconnecting", 4: "disconnected" };
  var connections = {};
  var handlers = {};

  function report(key, entry) {
    entry.at = Date.now();
    window.interopReport(key, JSON.stringify(entry));
  }

  /** An error of the library as plain data. */
  function plain(error) {
    if (!error) return { message: "no error given" };
    var status = error.context && error.context.status;
    if (status === undefined && error.source) status = error.source.status;
    return {
      message: String(error.message || error),
      source: typeof error.source === "string" ? error.source : undefined,
      data: error.data,
      status: status,
    };
  }

  /** A handler that reports; `name` tells handlers of one client method apart. */
  function handler(key, hub, method, name) {
    var id = [key, hub, method, name].join("/");
    if (!handlers[id]) {
      handlers[id] = function () {
        report(key, { what: "heard", hub: hub, method: method, handler: name, args: $.makeArray(arguments) });
      };
    }
    return handlers[id];
  }

  function watch(key, connection) {
    connection.stateChanged(function (change) {
      report(key, { what: "state", from: STATES[change.oldState], to: STATES[change.newState] });
    });
    connection.error(function (error) {
      report(key, { what: "error", error: plain(error) });
    });
    $.each(["connectionSlow", "reconnecting", "reconnected", "disconnected"], function (_, event) {
      connection[event](function () {
        report(key, { what: event });
      });
    });
  }

  /** The library's own setting, added to what the server says: a busy machine is no reason to fall back. */
  function patient(connection, options) {
    if (options.patience) connection.transportConnectTimeout = options.patience;
  }

  function about(connection) {
    return {
      id: connection.id,
      token: connection.token,
      transport: connection.transport && connection.transport.name,
      state: STATES[connection.state],
      url: connection.url,
      groupsToken: connection.groupsToken,
      messageId: connection.messageId,
      monitored: connection._.keepAliveData.activated === true,
    };
  }

  window.interopAgent = {
    version: function () {
      return $.signalR.version;
    },

    /** A connection with proxies made by hand: `hubs` lists the client methods to hear, by hub. */
    create: function (key, options) {
      var connection = $.hubConnection(options.url, { useDefaultPath: false, qs: options.qs });
      patient(connection, options);
      connections[key] = connection;
      watch(key, connection);
      $.each(options.hubs, function (hub, methods) {
        var proxy = connection.createHubProxy(hub);
        $.each(methods, function (_, method) {
          proxy.on(method, handler(key, hub, method, ""));
        });
      });
    },

    /** The connection of the generated script: loads it as a page does, handlers go into `client`. */
    createFromScript: function (key, options) {
      return new Promise(function (resolve, reject) {
        var script = window.document.createElement("script");
        script.src = options.url + "/hubs";
        script.onerror = function () {
          reject(new Error("cannot load " + script.src));
        };
        script.onload = function () {
          try {
            var connection = $.connection.hub;
            connection.qs = options.qs;
            patient(connection, options);
            connections[key] = connection;
            watch(key, connection);
            $.each(options.hubs, function (hub, methods) {
              $.each(methods, function (_, method) {
                $.connection[hub].client[method] = handler(key, hub, method, "");
              });
            });
            resolve({ servers: serversOf(connection), url: connection.url });
          } catch (error) {
            reject(error);
          }
        };
        window.document.head.appendChild(script);
      });
    },

    /** A connection without hubs, to a mount that knows none. */
    createRaw: function (key, options) {
      var connection = $.connection(options.url, options.qs);
      connections[key] = connection;
      watch(key, connection);
      connection.received(function (data) {
        report(key, { what: "received", data: data });
      });
    },

    send: function (key, data) {
      connections[key].send(data);
    },

    start: function (key, options) {
      return new Promise(function (resolve) {
        var connection = connections[key];
        connection.start(options).done(function () {
          report(key, { what: "started" });
          resolve({ started: about(connection) });
        }).fail(function (error) {
          resolve({ failed: plain(error) });
        });
      });
    },

    /** Stops; resolves when the library says that it is disconnected, which is at once. */
    stop: function (key) {
      connections[key].stop();
    },

    /** A call through a proxy made by hand. `call` comes back with reports of progress, to tell calls apart. */
    call: function (key, hub, method, args, call) {
      var proxy = connections[key].createHubProxy(hub);
      return settled(key, proxy.invoke.apply(proxy, [method].concat(args)), call);
    },

    /** The same through the generated `server` function. */
    callFromScript: function (key, hub, method, args, call) {
      var server = $.connection[hub].server;
      return settled(key, server[method].apply(server, args), call);
    },

    on: function (key, hub, method, name) {
      connections[key].createHubProxy(hub).on(method, handler(key, hub, method, name));
    },

    off: function (key, hub, method, name) {
      connections[key].createHubProxy(hub).off(method, handler(key, hub, method, name));
    },

    setState: function (key, hub, state) {
      $.extend(connections[key].createHubProxy(hub).state, state);
    },

    state: function (key, hub) {
      return $.extend({}, connections[key].createHubProxy(hub).state);
    },

    about: function (key) {
      return about(connections[key]);
    },

    /** What the library does by itself every five minutes. */
    ping: function (key, qs) {
      return new Promise(function (resolve) {
        var connection = connections[key];
        if (qs) connection.qs = qs;
        $.signalR.transports._logic.pingServer(connection).done(function () {
          resolve({ result: "pong" });
        }).fail(function (error) {
          resolve({ failed: plain(error) });
        });
      });
    },

    /** Ends what is left of a connection; tells whether there was anything to end. */
    forget: function (key) {
      var connection = connections[key];
      delete connections[key];
      if (!connection || connection.state === 4) return false;
      connection.stop();
      return true;
    },
  };

  function settled(key, promise, call) {
    return new Promise(function (resolve) {
      promise.progress(function (value) {
        report(key, { what: "progress", call: call, value: value });
      }).done(function (result) {
        // Present or absent is a difference on the wire that JSON would swallow.
        resolve({ result: result, nothing: result === undefined });
      }).fail(function (error) {
        resolve({ failed: plain(error) });
      });
    });
  }

  function serversOf(connection) {
    var servers = {};
    $.each(connection.proxies, function (name, proxy) {
      servers[name] = proxy.server ? Object.keys(proxy.server) : [];
    });
    return servers;
  }
})(window);

// Run by mongosh in the mongo-init service: brings MongoDB from any state it can be in to
// "replica set initiated, root user there, application user there". Running it again changes nothing
// but the application user's password, which becomes the one in .env.
//
// Follows MongoDB's manual, "Deploy Self-Managed Replica Set With Keyfile Authentication": as long as no user
// exists, a client on the loopback address may initiate the set and create the first user. The service
// shares mongo's network, so 127.0.0.1 is mongod's own loopback.
"use strict";

// docker-compose.yml sets all of these but MONGO_SERVER, which is for trying this file elsewhere.
const settings = {
  server: process.env.MONGO_SERVER || "127.0.0.1:27017",
  member: process.env.MONGO_MEMBER,
  replicaSet: process.env.MONGO_REPLICA_SET,
  database: process.env.MONGO_APP_DATABASE,
  rootUser: process.env.MONGO_ROOT_USER,
  rootPassword: process.env.MONGO_ROOT_PASSWORD,
  appUser: process.env.MONGO_APP_USER,
  appPassword: process.env.MONGO_APP_PASSWORD,
  // A first start on a slow disk takes mongod half a minute.
  deadline: Date.now() + 120_000,
};

// https://www.mongodb.com/docs/manual/reference/error-codes/
const CODE = { unauthorized: 13, authenticationFailed: 18, alreadyInitialized: 23 };

function stop(message) {
  print(`dropwire: ${message}`);
  quit(1);
}

function connect(user, password, authDatabase) {
  const login = user ? `${encodeURIComponent(user)}:${encodeURIComponent(password)}@` : "";
  const source = user ? `&authSource=${authDatabase}` : "";
  return new Mongo(
    `mongodb://${login}${settings.server}/?directConnection=true&serverSelectionTimeoutMS=2000${source}`,
  );
}

function waitFor(what, attempt) {
  let last = "";
  while (Date.now() < settings.deadline) {
    try {
      const result = attempt();
      if (result) {
        return result;
      }
    } catch (error) {
      last = `: ${error.message}`;
    }
    sleep(1000);
  }
  return stop(`${what} did not happen in time${last}. See: docker compose logs mongo`);
}

/** A connection as root, or null where that user does not exist yet or has another password. */
function connectAsRoot() {
  try {
    const connection = connect(settings.rootUser, settings.rootPassword, "admin");
    connection.getDB("admin").runCommand({ ping: 1 });
    return connection;
  } catch (error) {
    if (error.code === CODE.authenticationFailed) {
      return null;
    }
    throw error;
  }
}

function stopForPassword() {
  stop(
    "MongoDB has users, but not one that MONGO_ROOT_PASSWORD opens. The password in .env is not the one " +
      "this volume was made with: put the old one back (docs/docker.md, Passwords)",
  );
}

function initiate(admin) {
  const command = {
    replSetInitiate: { _id: settings.replicaSet, members: [{ _id: 0, host: settings.member }] },
  };
  try {
    admin.runCommand(command);
  } catch (error) {
    if (error.code === CODE.unauthorized) {
      // A volume that has users already, made by a mongod that was not part of a replica set.
      const root = connectAsRoot() || stopForPassword();
      root.getDB("admin").runCommand(command);
    } else if (error.code !== CODE.alreadyInitialized) {
      throw error;
    }
  }
  print(`dropwire: initiated the replica set ${settings.replicaSet} with ${settings.member}`);
}

function createRoot(admin) {
  try {
    admin.createUser({
      user: settings.rootUser,
      pwd: settings.rootPassword,
      roles: [{ role: "root", db: "admin" }],
    });
  } catch (error) {
    if (error.code === CODE.unauthorized) {
      stopForPassword();
    }
    throw error;
  }
  print(`dropwire: created the user ${settings.rootUser}`);
}

function ensureApplicationUser(connection) {
  const database = connection.getDB(settings.database);
  // readWrite: documents and indexes. dbAdmin: collMod, for the collections' validators.
  const user = {
    pwd: settings.appPassword,
    roles: [
      { role: "readWrite", db: settings.database },
      { role: "dbAdmin", db: settings.database },
    ],
  };
  if (database.getUser(settings.appUser)) {
    database.updateUser(settings.appUser, user);
    print(`dropwire: the user ${settings.appUser} is there; its password is the one in .env`);
  } else {
    database.createUser({ user: settings.appUser, ...user });
    print(`dropwire: created the user ${settings.appUser} on the database ${settings.database}`);
  }
}

for (const name of ["MONGO_ROOT_PASSWORD", "MONGO_APP_PASSWORD"]) {
  // The application's password becomes part of a connection string as it is.
  if (!/^[A-Za-z0-9._~-]{8,}$/.test(process.env[name] || "")) {
    stop(`${name} in .env must have at least 8 characters, all of them letters, digits or one of . _ ~ -`);
  }
}

const admin = waitFor("A connection to MongoDB", () => {
  const database = connect().getDB("admin");
  database.runCommand({ ping: 1 });
  return database;
});

if (!admin.hello().setName) {
  initiate(admin);
}
waitFor("The election of the replica set's primary", () => admin.hello().isWritablePrimary);

let root = connectAsRoot();
if (!root) {
  createRoot(admin);
  root = connectAsRoot() || stop(`the user ${settings.rootUser} was created but cannot log in`);
}
ensureApplicationUser(root);
connect(settings.appUser, settings.appPassword, settings.database).getDB("admin").runCommand({ ping: 1 });
print("dropwire: MongoDB is ready");

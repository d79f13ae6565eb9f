// Run by mongosh in the mongo-init service: brings MongoDB from any state it can be in to
// "replica set initiated, root user there, application user there", and a user who may only read, where .env has a
// password for one. Running it again changes nothing but these users' passwords, which become those in .env.
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
  readUser: process.env.MONGO_READ_USER,
  readPassword: process.env.MONGO_READ_PASSWORD,
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

function ensureUser(connection, name, password, roles) {
  const database = connection.getDB(settings.database);
  const user = { pwd: password, roles: roles.map((role) => ({ role, db: settings.database })) };
  if (database.getUser(name)) {
    database.updateUser(name, user);
    print(`dropwire: the user ${name} is there; its password is the one in .env`);
  } else {
    database.createUser({ user: name, ...user });
    print(`dropwire: created the user ${name} on the database ${settings.database}`);
  }
}

// Without a password in .env nobody is made who may only read.
const passwords = ["MONGO_ROOT_PASSWORD", "MONGO_APP_PASSWORD"];
if (settings.readUser && settings.readPassword) {
  passwords.push("MONGO_READ_PASSWORD");
}
for (const name of passwords) {
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
// readWrite: documents and indexes. dbAdmin: collMod, for the collections' validators.
ensureUser(root, settings.appUser, settings.appPassword, ["readWrite", "dbAdmin"]);
if (passwords.includes("MONGO_READ_PASSWORD")) {
  // For `dropwire web` and for other programs that only look: docs/docker.md, Only reading.
  ensureUser(root, settings.readUser, settings.readPassword, ["read"]);
}
connect(settings.appUser, settings.appPassword, settings.database).getDB("admin").runCommand({ ping: 1 });
print("dropwire: MongoDB is ready");

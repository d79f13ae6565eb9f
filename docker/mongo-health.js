// Health check of the mongo service, run by mongosh: this member is primary, the application user can log in.
"use strict";

const user = encodeURIComponent(process.env.MONGO_APP_USER);
const password = encodeURIComponent(process.env.MONGO_APP_PASSWORD);
const database = process.env.MONGO_APP_DATABASE;
const server = process.env.MONGO_SERVER || "127.0.0.1:27017";

let state;
try {
  const options = `directConnection=true&serverSelectionTimeoutMS=3000&authSource=${database}`;
  const connection = new Mongo(`mongodb://${user}:${password}@${server}/?${options}`);
  connection.getDB(database).runCommand({ ping: 1 });
  const hello = connection.getDB("admin").hello();
  state = hello.setName && hello.isWritablePrimary ? "" : "not the primary of a replica set yet";
} catch (error) {
  state = error.message;
}
if (state) {
  print(`unhealthy: ${state}`);
  quit(1);
}

-- A call can be cancelled while its clone is still being made on the remote server.

-- why the order is not to be carried out any more; who works on it looks before it queues the clone, and after
ALTER TABLE remote_calls ADD COLUMN cancelled text;

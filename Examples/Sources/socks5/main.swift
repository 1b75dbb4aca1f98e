// A SOCKS 5 server: takes connections elsewhere for clients such as curl.

// A handler in a folder below the code.
exports.handler = async () => 'inner';

// An ES module by its package.json.
export const handler = async () => 'module';

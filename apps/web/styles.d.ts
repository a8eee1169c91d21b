/** Style sheets are imported for what they do, where a part of the page brings its own. */
declare module "*.css";
